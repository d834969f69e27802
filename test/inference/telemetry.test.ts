import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const engine = resolve(import.meta.dirname, '../../src/inference/onnx-engine.ts')
const graph = resolve(import.meta.dirname, '../../src/inference/smoke-graph.ts')

t.test('the engine reports to nobody: it leaves no device id and no cache in the home folder', async (t) => {
  const home = t.testdir({})
  const script = `const { openOnnxEngine } = await import(${JSON.stringify(engine)}); const { smokeGraph } = await import(${JSON.stringify(graph)})
    const engine = await openOnnxEngine(smokeGraph); await engine.predict(new Float32Array(engine.inputs), 1); await engine.close()`
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env
  const run = promisify(execFile)(process.execPath, [...process.execArgv, '--input-type=module', '-e', script], {
    env: { ...env, HOME: home, XDG_CACHE_HOME: '' },
  })
  await t.resolves(run)
  t.strictSame(readdirSync(home), [])
})
