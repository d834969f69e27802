import t from 'tap'
import type { Net } from '../../../src/training/onnx/net.js'
import { quantize } from '../../../src/training/onnx/quantize.js'

const net: Net = {
  inputs: 2,
  convs: [],
  denses: [
    { outputs: 3, weights: Float32Array.of(127, -63.6, 0.127, 0, 0, 0), bias: Float32Array.of(2, -3, 1) },
    { outputs: 1, weights: Float32Array.of(-1, 0.5, 0.25), bias: Float32Array.of(0) },
  ],
  head: null,
}

t.test('each output has its own weight scale, symmetric around zero', async (t) => {
  const [first, second] = quantize(net, { input: [-1, 1], hidden: [51] }).denses
  t.strictSame([...(first?.weights ?? [])], [127, -64, 127, 0, 0, 0])
  t.strictSame([...(first?.scales ?? [])], [1, Math.fround(Math.fround(0.127) / 127), 1], 'a dead output gets scale 1')
  t.strictSame([...(second?.weights ?? [])], [-127, 64, 32])
})

t.test('a bias is counted in input scale times weight scale', async (t) => {
  const [first, second] = quantize(net, { input: [0, 127.5], hidden: [51] }).denses
  t.strictSame([...(first?.bias ?? [])], [4, -6000, 2])
  t.strictSame([...(first?.biasScales ?? [])], [0.5, Math.fround(0.5 * Math.fround(Math.fround(0.127) / 127)), 0.5])
  t.strictSame(first?.after, { scale: Math.fround(0.2), zero: 0 }, 'behind a ReLU zero is 0')
  t.equal(second?.after, null, 'the last layer gives real numbers')
})

t.test('the zero point of the input stands where zero is', async (t) => {
  t.strictSame(quantize(net, { input: [-1, 1], hidden: [1] }).input, { scale: Math.fround(2 / 255), zero: 127 })
  t.strictSame(quantize(net, { input: [-51, 0], hidden: [1] }).input, { scale: Math.fround(0.2), zero: 255 })
  t.strictSame(quantize(net, { input: [0, 51], hidden: [1] }).input, { scale: Math.fround(0.2), zero: 0 })
  t.strictSame(quantize(net, { input: [0, 0], hidden: [0] }).input, { scale: 1, zero: 0 }, 'nothing seen')
})
