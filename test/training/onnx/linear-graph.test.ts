import t from 'tap'
import { openOnnxEngine } from '../../../src/inference/onnx-engine.js'
import { linearGraph } from '../../../src/training/onnx/linear-graph.js'

t.test('a linear graph is one product', async (t) => {
  const engine = await openOnnxEngine(linearGraph({ outputs: 2, weights: Float32Array.of(1, 2, 3, -1, 0, 0.5), bias: Float32Array.of(10, 20) }))
  t.teardown(() => engine.close())
  t.equal(engine.inputs, 3)
  t.equal(engine.outputs, 2)
  t.strictSame([...(await engine.predict(Float32Array.of(1, 1, 1, 2, 0, 4), 2))], [16, 19.5, 24, 20])
})
