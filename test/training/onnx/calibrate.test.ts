import t from 'tap'
import { calibrate, MAX_CALIBRATION_SPECTRA } from '../../../src/training/onnx/calibrate.js'
import type { Net } from '../../../src/training/onnx/net.js'

/** Two inputs; the hidden layer doubles the first and takes the second with its sign turned. */
const net: Net = {
  inputs: 2,
  convs: [],
  denses: [
    { outputs: 2, weights: Float32Array.of(2, 0, 0, -1), bias: new Float32Array(2) },
    { outputs: 1, weights: Float32Array.of(1, 1), bias: new Float32Array(1) },
  ],
  head: null,
}
/** Maxima 1..100 and minima -1..-100. */
const rows = Array.from({ length: 100 }, (_, i) => Float32Array.of(i + 1, -(i + 1)))

t.test('the 100th percentile is the largest of all, lower ones leave odd spectra out', async (t) => {
  t.strictSame(calibrate(net, rows, 100), { input: [-100, 100], hidden: [200] })
  t.strictSame(calibrate(net, rows), { input: [-99, 99], hidden: [198] })
  t.strictSame(calibrate(net, rows, 50), { input: [-50, 50], hidden: [100] })
})

t.test('zero is always inside: spectra on one side of it', async (t) => {
  t.strictSame(calibrate(net, [Float32Array.of(3, 5)], 100), { input: [0, 5], hidden: [6] })
  t.strictSame(calibrate(net, [Float32Array.of(-3, -5)], 100), { input: [-5, 0], hidden: [5] })
})

t.test('of more spectra than the limit, some from everywhere are taken', async (t) => {
  const many = Array.from({ length: 2 * MAX_CALIBRATION_SPECTRA }, (_, i) => Float32Array.of(i + 1, 0))
  const seen = calibrate(net, many, 50).input[1]
  t.ok(Math.abs(seen - MAX_CALIBRATION_SPECTRA) < 5, `${seen}`)
})

t.test('no spectra are refused', async (t) => {
  t.throws(() => calibrate(net, []), { code: 'INVARIANT', message: /no spectra/ })
})
