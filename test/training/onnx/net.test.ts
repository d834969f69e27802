import t from 'tap'
import { isFailure } from '../../../src/failures.js'
import { seededRandom } from '../../../src/spectrum/random.js'
import { forward } from '../../../src/training/onnx/forward.js'
import { checked, macs, type Net, outputsOf, randomNet } from '../../../src/training/onnx/net.js'
import { trickyNet, trickySpec } from '../../support/nets.js'

t.test('the net of the published speed measurement has 2.55 million multiplications', async (t) => {
  const convs = [
    { width: 7, channels: 16, pool: 2 as const },
    { width: 5, channels: 32, pool: 2 as const },
    { width: 5, channels: 64, pool: 2 as const },
  ]
  const net = randomNet({ inputs: 512, convs, denses: [128, 14] }, seededRandom(1))
  t.equal(macs(net), 512 * 7 * 16 + 256 * 5 * 16 * 32 + 128 * 5 * 32 * 64 + 4096 * 128 + 128 * 14)
  t.equal(outputsOf(net), 14)
})

t.test('the same seed gives the same random net', async (t) => {
  t.strictSame(trickyNet(), trickyNet())
  t.notSame(trickyNet(), randomNet(trickySpec, seededRandom(12)))
})

t.test('the forward pass gives what paper and pencil give', async (t) => {
  const net: Net = {
    inputs: 5,
    convs: [{ width: 3, channels: 2, pool: 2, weights: Float32Array.of(1, 0, -1, 0, 2, 0), bias: Float32Array.of(0, 1) }],
    denses: [{ outputs: 2, weights: Float32Array.of(1, 2, 3, 4, -1, 0, 0, 0), bias: Float32Array.of(0.5, 0) }],
    head: { outputs: 1, weights: Float32Array.of(1, -1), bias: Float32Array.of(-10) },
  }
  // x[p-1] - x[p+1]: -2 -1 1 2 3 -> ReLU 0 0 1 2 3 -> pool 0 2; 2 x[p] + 1: 3 5 5 3 1 -> pool 5 5; the fifth value is left out.
  // Dense: 0 + 4 + 15 + 20 + 0.5 = 39.5 and 0; the head: 39.5 - 0 - 10.
  t.strictSame([...forward(net, Float32Array.of(1, 2, 2, 1, 0))], [29.5])
})

t.test('a kernel of even width looks one value further to the right', async (t) => {
  const net: Net = {
    inputs: 3,
    convs: [{ width: 2, channels: 1, pool: 1, weights: Float32Array.of(1, 10), bias: Float32Array.of(0) }],
    denses: [{ outputs: 3, weights: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), bias: new Float32Array(3) }],
    head: null,
  }
  t.strictSame([...forward(net, Float32Array.of(1, 2, 3))], [21, 32, 3])
})

t.test('without zeros a row shrinks by the width less one, before it is pooled', async (t) => {
  const net: Net = {
    inputs: 6,
    convs: [{ width: 2, channels: 1, pool: 2, padding: 'none', weights: Float32Array.of(1, 10), bias: Float32Array.of(0) }],
    denses: [{ outputs: 2, weights: Float32Array.of(1, 0, 0, 1), bias: new Float32Array(2) }],
    head: null,
  }
  // 21 32 43 54 65 -> pool 32 54, the fifth is left out.
  t.strictSame([...forward(net, Float32Array.of(1, 2, 3, 4, 5, 6))], [32, 54])
  t.equal(macs(checked(net)), 5 * 2 + 4)
})

t.test('a net whose arrays do not fit its shape is refused and named', async (t) => {
  const net = trickyNet()
  const last = net.denses[2]
  t.ok(last)
  if (!last) return
  const broken: readonly [RegExp, Net][] = [
    [/weights of dense layer 3.*20 values.*21/, { ...net, denses: [...net.denses.slice(0, 2), { ...last, weights: last.weights.slice(1) }] }],
    [/bias of convolution 1/, { ...net, convs: net.convs.map((conv) => ({ ...conv, bias: new Float32Array(1) })) }],
    [/weights of the head/, { ...net, head: last }],
    [/no dense layer/, { ...net, denses: [] }],
    [/not finite/, { ...net, denses: net.denses.map((dense) => ({ ...dense, bias: dense.bias.map(() => Number.NaN) })) }],
  ]
  for (const [message, one] of broken) {
    t.throws(() => checked(one), { code: 'INVARIANT', message })
  }
  t.ok(
    isFailure(
      t.throws(() => checked({ ...net, denses: [] })),
      'INVARIANT',
    ),
  )
})
