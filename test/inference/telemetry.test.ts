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
  // Nothing else is inherited: the library keeps quiet by itself where a variable such as CI or GITHUB_ACTIONS is set, and the test could not fail there.
  const run = promisify(execFile)(process.execPath, [...process.execArgv, '--input-type=module', '-e', script], {
    env: { PATH: process.env['PATH'], HOME: home },
  })
  await t.resolves(run)
  t.strictSame(readdirSync(home), [])
})
