import fc from 'fast-check'
import t from 'tap'
import type { Step } from '../../src/preprocessing/contract.js'
import { buildSequence } from '../../src/preprocessing/sequence.js'
import { makeAxis } from '../../src/spectrum/axis.js'

const axis = makeAxis(
  'wavelength',
  Float64Array.from({ length: 30 }, (_, i) => 500 + 2 * i),
)
const clean = Float64Array.from({ length: 30 }, (_, i) => 0.4 + 0.2 * Math.sin(i / 3))
const nan = Number.NaN

const run = (step: Step, x: Float64Array) => {
  const sequence = buildSequence([step], axis, 'chain')
  const output = new Float64Array(sequence.output.values.length)
  return { unfit: sequence.run(x, output), output, masked: [...output.keys()].filter((i) => Number.isNaN(output[i])) }
}

const withMask = (...pixels: number[]): Float64Array => clean.map((value, i) => (pixels.includes(i) ? nan : value))

const whole: Readonly<Record<string, Step>> = {
  snv: { op: 'snv', ddof: 0 },
  msc: { op: 'msc', reference: Array.from({ length: 30 }, (_, i) => Math.cos(i / 4)) },
  emsc: { op: 'emsc', order: 2, reference: Array.from({ length: 30 }, (_, i) => Math.cos(i / 2)) },
  detrend: { op: 'detrend', degree: 2, axis: 'wavelength', snv_first: false },
  'detrend after SNV': { op: 'detrend', degree: 1, axis: 'index', snv_first: true, ddof: 1 },
  minmax: { op: 'normalize', method: 'minmax' },
  l2: { op: 'normalize', method: 'l2' },
  peak: { op: 'normalize', method: 'peak', position: 511 },
}

t.test('a step that needs the whole spectrum refuses a mask unless its parameters say skip', async (t) => {
  for (const [name, step] of Object.entries(whole)) {
    t.equal(run(step, clean).unfit, null, `${name}: a clean spectrum passes`)
    t.match(run(step, withMask(12)).unfit, { flag: 'masked' }, `${name}: no rule given`)
    t.match(run({ ...step, nan: 'refuse' }, withMask(12)).unfit, { flag: 'masked' }, `${name}: refuse`)
    const skipped = run({ ...step, nan: 'skip' }, withMask(12))
    t.equal(skipped.unfit, null, `${name}: skip`)
    t.strictSame(skipped.masked, [12], `${name}: the mask stays where it was`)
    t.strictSame(run({ ...step, nan: 'skip' }, clean).output, run(step, clean).output, `${name}: skip changes nothing without a mask`)
    t.match(run({ ...step, nan: 'skip' }, new Float64Array(30).fill(nan)).unfit, { flag: 'masked' }, `${name}: nothing left`)
  }
})

t.test('skipping fits on the points that are left: a masked outlier has no part in the result', async (t) => {
  for (const [name, step] of Object.entries(whole)) {
    const skip = { ...step, nan: 'skip' }
    const spoilt = withMask(12)
    const all = run(skip, clean).output
    const left = run(skip, spoilt).output
    const moved = left.reduce((most, value, i) => (Number.isNaN(value) ? most : Math.max(most, Math.abs(value - (all[i] ?? 0)))), 0)
    t.ok(moved < 0.5, `${name}: moved by ${moved}`)
  }
  const line = Float64Array.from({ length: 30 }, (_, i) => (i === 7 ? nan : 3 - 0.5 * i))
  const { output } = run({ op: 'detrend', degree: 1, axis: 'index', snv_first: false, nan: 'skip' }, line)
  t.ok(
    output.every((value, i) => (i === 7 ? Number.isNaN(value) : Math.abs(value) < 1e-12)),
    'a line with a gap is still a line',
  )
})

t.test('a mask spreads over the windows that cover it and no further', async (t) => {
  const after = (step: Step) => run(step, withMask(12)).masked
  t.strictSame(after({ op: 'savgol', window: 5, poly: 2, deriv: 1, mode: 'interp' }), [10, 11, 12, 13, 14], 'also where the weight is 0')
  t.strictSame(after({ op: 'band', method: 'bin', size: 5 }), [2])
  t.strictSame(after({ op: 'absorbance', eps: 1e-8 }), [12])
  t.strictSame(after({ op: 'kubelka_munk', eps: 1e-8 }), [12])
  t.strictSame(after({ op: 'dead_pixel', dead: [13] }), [12, 13], 'a neighbour that is masked cannot fill')
  t.strictSame(after({ op: 'dead_pixel', dead: [12] }), [])
  const grid = [521, 522, 523, 524, 525, 526, 527, 540]
  t.strictSame(after({ op: 'resample', method: 'linear', grid }), [2, 3, 4], 'from 522 to 526 nm, the nodes themselves left out')
  t.strictSame(after({ op: 'resample', method: 'pchip', grid }), [0, 1, 2, 3, 4, 5, 6])
  t.strictSame(after({ op: 'resample', method: 'akima', grid: [510, 519, 524, 529, 538] }), [1, 2, 3])
  t.strictSame(after({ op: 'resample', method: 'cubic', bc: 'not-a-knot', grid }), [...grid.keys()], 'a spline is global')
})

t.test('resampling never goes beyond the values it has', async () => {
  for (const method of ['linear', 'pchip'])
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 30, maxLength: 30 }),
        fc.uniqueArray(fc.double({ min: 480, max: 580, noNaN: true }), { minLength: 2, maxLength: 20 }),
        (values, points) => {
          const grid = points.sort((a, b) => a - b)
          const { output } = run({ op: 'resample', method, grid }, Float64Array.from(values))
          const [low, high] = [Math.min(...values) - 1e-9, Math.max(...values) + 1e-9]
          return output.every((value, i) => {
            const inside = (grid[i] ?? 0) >= 500 && (grid[i] ?? 0) <= 558
            return inside ? value >= low && value <= high : Number.isNaN(value)
          })
        },
      ),
    )
})

t.test('SNV gives mean 0 and standard deviation 1, whatever offset and gain came in', async () => {
  const varied = fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 30, maxLength: 30 })
    .filter((x) => Math.max(...x) - Math.min(...x) > 1e-3)
  fc.assert(
    fc.property(varied, fc.double({ min: 0.01, max: 100, noNaN: true }), fc.double({ min: -100, max: 100, noNaN: true }), (values, gain, offset) => {
      const x = Float64Array.from(values, (value) => gain * value + offset)
      const { output } = run({ op: 'snv', ddof: 0 }, x)
      const mean = output.reduce((sum, value) => sum + value, 0) / 30
      const variance = output.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 30
      const same = run({ op: 'snv', ddof: 0 }, Float64Array.from(values)).output
      return Math.abs(mean) < 1e-6 && Math.abs(variance - 1) < 1e-6 && output.every((value, i) => Math.abs(value - (same[i] ?? 0)) < 1e-4)
    }),
  )
})

t.test('a Savitzky-Golay filter gives a polynomial of its degree back, and its derivative, up to the ends', async (t) => {
  const cubic = Float64Array.from({ length: 30 }, (_, i) => 1 + 0.5 * i - 0.02 * i * i + 0.001 * i ** 3)
  const smooth = run({ op: 'savgol', window: 9, poly: 3, deriv: 0, mode: 'interp' }, cubic).output
  t.ok(smooth.every((value, i) => Math.abs(value - (cubic[i] ?? 0)) < 1e-10))
  const slope = run({ op: 'savgol', window: 9, poly: 3, deriv: 1, delta: 2, mode: 'interp' }, cubic).output
  t.ok(slope.every((value, i) => Math.abs(value - (0.5 - 0.04 * i + 0.003 * i * i) / 2) < 1e-10))
})
