import t from 'tap'
import type { Step } from '../../src/preprocessing/contract.js'
import { buildSequence } from '../../src/preprocessing/sequence.js'
import { makeAxis, pixelAxis } from '../../src/spectrum/axis.js'

const axis = makeAxis(
  'wavelength',
  Float64Array.from({ length: 60 }, (_, i) => 900 + 2 * i + 0.01 * i * i),
)
const run = (step: Step, x: Float64Array, on = axis): Float64Array => {
  const output = new Float64Array(x.length)
  if (buildSequence([step], on, 'chain').run(x, output)) throw new Error('unfit')
  return output
}
const near = (got: Float64Array, want: Float64Array, within: number): boolean => got.every((value, i) => Math.abs(value - (want[i] ?? 0)) < within)

t.test('splice: a line with a jump at each detector is one line again, at the level of the reference region', async (t) => {
  const line = axis.values.map((nm) => 0.3 + 0.002 * nm)
  const [first, second] = [axis.values[19] ?? 0, axis.values[39] ?? 0]
  const torn = line.map((value, i) => value + (i <= 19 ? 0.07 : i > 39 ? -0.2 : 0))
  const got = run({ op: 'splice', splice: [first, second], k: 5 }, torn)
  t.ok(Math.abs((got[30] ?? 0) - (line[30] ?? 0)) < 1e-12, 'the region in the middle stays')
  t.ok(Math.abs((got[19] ?? 0) - (line[19] ?? 0)) < 1e-12, 'the last channel before it lies on its line')
  t.ok(Math.abs((got[0] ?? 0) - (line[0] ?? 0)) < 1e-12, 'and all before it moves along')
  const jump = (line[40] ?? 0) - 0.002 * ((axis.values[40] ?? 0) - second)
  t.ok(Math.abs((got[40] ?? 0) - jump) < 1e-12, 'the first channel behind it takes the value that the line has at the splice')
  const alone = run({ op: 'splice', splice: [first], k: 5 }, torn)
  t.ok(Math.abs((alone[0] ?? 0) - (line[0] ?? 0)) < 1e-12)
  t.equal(alone[59], torn[59], 'one splice moves what is before it')
})

t.test('splice: positions beyond the axis, out of order or too close are refused', async (t) => {
  const build = (splice: number[], k: number) => () => buildSequence([{ op: 'splice', splice, k }], axis, 'chain')
  t.throws(build([100], 5), { code: 'CHAIN_INVALID', seen: 'splice 100' })
  t.throws(build([5000], 5), { code: 'CHAIN_INVALID', seen: 'splice 5000' })
  t.throws(build([1000, 950], 5), { code: 'CHAIN_INVALID', seen: 'splice 1000 then 950' })
  t.throws(build([950, 956], 5), { code: 'CHAIN_INVALID', seen: /channels in the reference region/ })
  t.doesNotThrow(build([950.5, 975], 5), 'a position between two channels')
})

t.test('stray light: the light that the matrix spreads is taken back, at any strength that leaves a signal', async (t) => {
  const clean = Float64Array.from({ length: 60 }, (_, i) => 1000 * Math.exp(-(((i - 25) / 4) ** 2)) + 3)
  for (const [a, b, h] of [
    [1e-3, 3, 0],
    [2e-4, 40, 6],
    [0.05, 2, 1],
  ] as const) {
    const spread = clean.map((value, i) =>
      clean.reduce((sum, other, j) => sum + (Math.abs(i - j) > h ? (a / (1 + ((i - j) / b) ** 2)) * other : 0), value),
    )
    t.notOk(near(spread, clean, 1), `a ${a} does something`)
    t.ok(near(run({ op: 'stray_light', a, b, h }, spread), clean, 1e-8), `a ${a}, b ${b}, h ${h}`)
  }
  t.throws(() => buildSequence([{ op: 'stray_light', a: 2, b: 50, h: 0 }], axis, 'chain'), {
    code: 'CHAIN_INVALID',
    seen: /more stray light than signal/,
  })
  t.throws(() => buildSequence([{ op: 'stray_light', a: 1e-5, b: 5, h: 2 }], pixelAxis(1025), 'chain'), {
    code: 'CHAIN_INVALID',
    seen: '1025 channels',
  })
})

t.test('stray light needs the whole spectrum: one masked channel masks all', async (t) => {
  const x = Float64Array.from({ length: 60 }, (_, i) => (i === 7 ? Number.NaN : 5 + i))
  for (const step of [
    { op: 'stray_light', a: 1e-4, b: 5, h: 2 },
    { op: 'stray_light', method: 'mean_fraction', k: 0.01 },
  ]) {
    t.ok(run(step, x).every(Number.isNaN))
    t.notOk(
      run(
        step,
        x.map((value) => (Number.isNaN(value) ? 12 : value)),
      ).some(Number.isNaN),
    )
  }
})
