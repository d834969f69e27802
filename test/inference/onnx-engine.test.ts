import t from 'tap'
import { loadRuntime, openOnnxEngine } from '../../src/inference/onnx-engine.js'
import { smokeAnswer, smokeGraph } from '../../src/inference/smoke-graph.js'
import { fixture } from '../support/tiny-model.js'

t.test('rows go in as float32 [N, channels] and come out as [N, outputs]', async (t) => {
  const engine = await openOnnxEngine(fixture('four-labels'))
  t.teardown(() => engine.close())
  t.equal(engine.inputs, 8)
  t.equal(engine.outputs, 4)
  const batch = Float32Array.from({ length: 24 }, (_, i) => i)
  t.strictSame([...(await engine.predict(batch, 3))], [28, 28, 28, 28, 92, 92, 92, 92, 156, 156, 156, 156])
  t.strictSame([...(await engine.predict(batch.subarray(8, 16), 1))], [92, 92, 92, 92], 'a view takes only its own values')
})

t.test('a graph made for one row at a time answers several alike', async (t) => {
  const single = await openOnnxEngine(fixture('fixed-batch'))
  const free = await openOnnxEngine(fixture('bumps'))
  t.teardown(() => Promise.all([single.close(), free.close()]))
  const batch = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i))
  t.strictSame([...(await single.predict(batch, 2))], [...(await free.predict(batch, 2))])
})

t.test('int8 products are exact integers: nothing saturates', async (t) => {
  const engine = await openOnnxEngine(smokeGraph)
  t.teardown(() => engine.close())
  t.strictSame([...(await engine.predict(new Float32Array(16).fill(1), 1))], smokeAnswer)
})

t.test('a batch of another length than its rows is refused', async (t) => {
  const engine = await openOnnxEngine(fixture('bumps'))
  t.teardown(() => engine.close())
  await t.rejects(engine.predict(new Float32Array(15), 2), { code: 'INVARIANT', seen: '15 values for 2 rows' })
  await t.rejects(engine.predict(new Float32Array(0), 0), { code: 'INVARIANT' })
})

const refused: readonly (readonly [string, string, RegExp])[] = [
  ['doubles', 'model.onnx: input', /x: float64 \[N, 8\]/],
  ['two-inputs', 'model.onnx: input', /x: float32 \[N, 3\] and u: float32/],
  ['rank-three', 'model.onnx: input', /\[N, 1, 8\]/],
]
for (const [name, where, seen] of refused)
  t.test(`the graph ${name} is refused for its shape`, async (t) => {
    await t.rejects(openOnnxEngine(fixture(name)), { code: 'BUNDLE_INVALID', where, seen, allowed: 'one input, float32 [N, channels]' })
  })

t.test('bytes that are no graph, or half of one, are refused', async (t) => {
  await t.rejects(openOnnxEngine(new TextEncoder().encode('not a graph')), { code: 'BUNDLE_INVALID', where: 'model.onnx' })
  await t.rejects(openOnnxEngine(fixture('bumps').subarray(0, 100)), { code: 'BUNDLE_INVALID' })
  await t.rejects(openOnnxEngine(new Uint8Array(0)), { code: 'BUNDLE_INVALID' })
})

t.test('a library that cannot be loaded is a missing part, with a cure', async (t) => {
  const load = () => Promise.reject(new Error('libonnxruntime.so.1: cannot open shared object file'))
  await t.rejects(loadRuntime(load), { code: 'PART_MISSING', seen: /libonnxruntime/, cure: /npm ci/ })
})
