import type { Tensor } from '@tensorflow/tfjs-core'
import t from 'tap'
import { seededRandom } from '../../src/spectrum/random.js'
import { netForward } from '../../src/training/cnn-operations.js'
import { batchOf, gradientsOf, meanLoss, type Problem } from '../../src/training/cnn-step.js'
import { forward } from '../../src/training/onnx/forward.js'
import { type Net, randomNet } from '../../src/training/onnx/net.js'
import { openTensorflow } from '../../src/training/tensorflow.js'
import { farthest, randomRows, sideBySide } from '../support/nets.js'

const spec = {
  inputs: 13,
  convs: [
    { width: 5, channels: 3, pool: 2 as const },
    { width: 3, channels: 4, pool: 1 as const },
    { width: 1, channels: 2, pool: 2 as const },
  ],
  denses: [5, 3],
}
const net = randomNet(spec, seededRandom(21))
const rows = randomRows(6, spec.inputs, seededRandom(22))
const parametersOf = ({ convs, denses }: Net) => [...convs, ...denses].flatMap(({ weights, bias }) => [weights.slice(), bias.slice()])

t.test('TF.js computes what the plain net computes', async (t) => {
  const { tf } = await openTensorflow('wasm')
  const before = tf.memory().numTensors
  const answers = tf.tidy(() => {
    const tensors: readonly Tensor[] = parametersOf(net).map((values) => tf.tensor1d(values))
    return netForward(tf, spec, tensors, tf.tensor2d(sideBySide(rows), [rows.length, spec.inputs]), null).dataSync()
  })
  t.ok(farthest(answers, sideBySide(rows.map((row) => forward(net, row)))) < 1e-5)
  t.equal(tf.memory().numTensors, before, 'no tensor is left')
})

for (const [kind, head, targets] of [
  ['cross-entropy', 3, [0, 1, 2, 2, 1, 0]],
  ['huber', 1, [0.5, -1, 2, 0, -0.25, 9]],
] as const)
  t.test(`every gradient is the slope of the loss: ${kind}`, async (t) => {
    const { tf } = await openTensorflow('wasm')
    const shape = { ...spec, denses: [5, head] }
    const parameters = parametersOf(randomNet(shape, seededRandom(23)))
    const problem: Problem = { tf, spec: shape, parameters, kind }
    const set = { rows, targets }
    const same = (value: number) => value
    const all = rows.map((_, i) => i)
    const { loss, gradients } = gradientsOf(problem, batchOf(set, all, same), 0, seededRandom(0))
    t.ok(Math.abs(loss - meanLoss(problem, set, same)) < 1e-6)
    t.equal(tf.memory().numTensors, 0, 'no tensor is left')
    t.ok(
      gradients.some((gradient) => gradient.some((g) => Math.abs(g) > 0.05)),
      'all zeros would not pass',
    )
    // Float32 leaves about four digits of a difference this wide; a wrong tap or a swapped axis is off by the gradient itself.
    const step = 1e-3
    gradients.forEach((gradient, p) => {
      const values = parameters[p] ?? new Float32Array(0)
      const numeric = Float32Array.from(values, (kept, i) => {
        values[i] = kept + step
        const up = meanLoss(problem, set, same)
        values[i] = kept - step
        const down = meanLoss(problem, set, same)
        values[i] = kept
        return (up - down) / (2 * step)
      })
      t.ok(farthest(gradient, numeric) < 3e-3, `parameter array ${p}: ${farthest(gradient, numeric)}`)
    })
  })

t.test('dropout leaves out its share of the features and scales up the rest', async (t) => {
  const { tf } = await openTensorflow('wasm')
  const identity = { inputs: 1000, convs: [], denses: [1] }
  const parameters = [new Float32Array(1000).fill(1), new Float32Array(1)]
  const problem: Problem = { tf, spec: identity, parameters, kind: 'huber' }
  const batch = batchOf({ rows: [new Float32Array(1000).fill(1)], targets: [0] }, [0], (value) => value)
  const { gradients } = gradientsOf(problem, batch, 0.25, seededRandom(3))
  const mask = gradients[0] ?? new Float32Array(0)
  const kept = mask.filter((value) => value !== 0)
  t.ok(kept.length > 700 && kept.length < 800, `${kept.length} of 1000`)
  t.ok(kept.every((value) => Math.abs(value - 1 / 0.75) < 1e-5))
})
