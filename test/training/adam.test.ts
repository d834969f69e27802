import t from 'tap'
import { adam } from '../../src/training/adam.js'

t.test('the first step is the learning rate against the sign of the gradient, whatever its size', async (t) => {
  const weights = Float32Array.of(1, 1, 1)
  adam([weights], 0, () => true).step([Float32Array.of(1e-3, -50, 0)], 0.25)
  t.ok(Math.abs((weights[0] ?? 0) - 0.75) < 1e-4)
  t.ok(Math.abs((weights[1] ?? 0) - 1.25) < 1e-4)
  t.equal(weights[2], 1)
})

t.test('the second step is what algorithm 1 gives by hand', async (t) => {
  const weights = Float32Array.of(0)
  const optimizer = adam([weights], 0, () => true)
  optimizer.step([Float32Array.of(1)], 0.1)
  optimizer.step([Float32Array.of(-0.5)], 0.1)
  // m = 0.9 x 0.1 - 0.05 = 0.04, / 0.19; v = 0.999 x 0.001 + 0.00025 = 0.001249, / 0.001999
  t.ok(Math.abs((weights[0] ?? 0) - (-0.1 - (0.1 * (0.04 / 0.19)) / Math.sqrt(0.001249 / 0.001999))) < 1e-6)
})

t.test('decay shrinks only the arrays that it is meant for, apart from the gradient', async (t) => {
  const weights = Float32Array.of(2)
  const bias = Float32Array.of(2)
  adam([weights, bias], 0.5, (i) => i === 0).step([new Float32Array(1), new Float32Array(1)], 0.1)
  t.strictSame([weights[0], bias[0]], [Math.fround(1.9), 2])
})
