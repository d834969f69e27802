import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import type { Step } from '../../../src/preprocessing/contract.js'
import { buildSequence } from '../../../src/preprocessing/sequence.js'
import { makeAxis } from '../../../src/spectrum/axis.js'

const fixtures = z
  .object({
    spectrum: z.array(z.number()),
    cases: z.array(z.object({ name: z.string(), step: z.looseObject({ op: z.string() }), baseline: z.array(z.number()) })),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/baselines.json'), 'utf8')))

const n = fixtures.spectrum.length
const axis = makeAxis(
  'raman-shift',
  Float64Array.from({ length: n }, (_, i) => 500 + 2 * i + 0.01 * i * i),
)
const clean = Float64Array.from(fixtures.spectrum)

const run = (step: Step, x: Float64Array) => {
  const sequence = buildSequence([step], axis, 'chain')
  const output = new Float64Array(x.length)
  return { unfit: sequence.run(x, output), output }
}

const pls = { op: 'baseline_pls', lam: 1e4, diff_order: 2, max_iter: 50, tol: 1e-3 }
const poly = { op: 'baseline_poly', order: 3 }
const rounds = { tol: 1e-3, max_iter: 250 }
const every: Readonly<Record<string, Step>> = {
  asls: { ...pls, method: 'asls', p: 0.01 },
  airpls: { ...pls, method: 'airpls' },
  arpls: { ...pls, method: 'arpls' },
  poly: { ...poly, method: 'poly' },
  modpoly: { ...poly, method: 'modpoly', ...rounds },
  imodpoly: { ...poly, method: 'imodpoly', ...rounds, num_std: 1 },
  'rolling ball': { op: 'baseline_morph', method: 'rolling_ball', half_window: 6, smooth_half_window: 3 },
  snip: { op: 'baseline_morph', method: 'snip', max_half_window: 6, decreasing: true, pad: 'none' },
  'snip with lls': { op: 'baseline_morph', method: 'snip', max_half_window: 6, decreasing: true, lls: true, pad: 'extrapolate' },
  rubberband: { op: 'baseline_morph', method: 'rubberband' },
  division: { op: 'continuum_removal', method: 'division' },
  subtraction: { op: 'continuum_removal', method: 'subtraction' },
}

t.test('forms that the golden vectors leave out agree with pybaselines', async (t) => {
  for (const { name, step, baseline } of fixtures.cases) {
    const { unfit, output } = run(step, clean)
    t.equal(unfit, null, name)
    const far = output.reduce((most, value, i) => Math.max(most, Math.abs((clean[i] ?? 0) - value - (baseline[i] ?? 0))), 0)
    t.ok(far < 1e-8, `${name}: off by ${far}`)
  }
  t.equal(fixtures.cases.length, 12)
})

t.test('a mask is refused unless the parameters say skip; then it stays where it was, and what stands beside it hardly moves', async (t) => {
  for (const [name, step] of Object.entries(every)) {
    const gap = 12
    const spoilt = clean.map((value, i) => (i === gap ? Number.NaN : value))
    t.equal(run(step, clean).unfit, null, `${name}: a clean spectrum passes`)
    t.match(run(step, spoilt).unfit, { flag: 'masked' }, `${name}: no rule given`)
    t.match(run({ ...step, nan: 'refuse' }, spoilt).unfit, { flag: 'masked' }, `${name}: refuse`)
    const skip = { ...step, nan: 'skip' }
    const { unfit, output } = run(skip, spoilt)
    t.equal(unfit, null, `${name}: skip`)
    t.strictSame(
      [...output.keys()].filter((i) => Number.isNaN(output[i])),
      [gap],
      `${name}: the mask stays`,
    )
    const all = run(skip, clean).output
    t.strictSame(all, run(step, clean).output, `${name}: skip changes nothing without a mask`)
    const moved = output.reduce((most, value, i) => (i === gap ? most : Math.max(most, Math.abs(value - (all[i] ?? 0)))), 0)
    t.ok(moved < 0.5, `${name}: moved by ${moved}`)
    t.match(run(skip, new Float64Array(n).fill(Number.NaN)).unfit, { flag: 'masked' }, `${name}: nothing left`)
    const one = new Float64Array(n).fill(Number.NaN)
    one[5] = 1
    t.match(run(skip, one).unfit, { flag: 'masked' }, `${name}: one value is no spectrum`)
  }
})

t.test('gaps at the ends and side by side leave a line its own baseline', async (t) => {
  const line = Float64Array.from(axis.values, (x) => 0.01 * x)
  const gaps = [0, 1, 20, 21, n - 1]
  for (const i of gaps) line[i] = Number.NaN
  for (const name of ['asls', 'arpls', 'airpls', 'poly', 'modpoly', 'imodpoly', 'rubberband', 'snip']) {
    const { unfit, output } = run({ ...every[name], op: every[name]?.op ?? '', nan: 'skip' }, line)
    t.equal(unfit, null, name)
    // The axis is not quite even, so a line over it is a curve of 0.003 over the channels.
    t.ok(
      output.every((value, i) => (gaps.includes(i) ? Number.isNaN(value) : Math.abs(value) < 0.05)),
      name,
    )
  }
})

t.test('a constant spectrum is its own baseline, by every method', async (t) => {
  for (const [name, step] of Object.entries(every)) {
    const rest = step.op === 'continuum_removal' ? 1 : 0
    const { unfit, output } = run(step, new Float64Array(n).fill(40_000))
    t.equal(unfit, null, name)
    t.ok(
      output.every((value) => Math.abs(value - rest) < 1e-6),
      name,
    )
  }
})

t.test('a spectrum of zeros has no continuum to divide by, and below -1 there is no log-log-square-root', async (t) => {
  t.match(run({ op: 'continuum_removal', method: 'division' }, new Float64Array(n)).unfit, { flag: 'degenerate', why: /continuum/ })
  const dark = clean.map((value) => value - 3.5)
  t.match(run({ op: 'continuum_removal', method: 'division' }, dark).unfit, { flag: 'degenerate' })
  t.equal(run({ op: 'continuum_removal', method: 'subtraction' }, dark).unfit, null)
  t.match(
    run(
      { ...every['snip with lls'], op: 'baseline_morph' },
      clean.map((value) => value - 4.5),
    ).unfit,
    { flag: 'degenerate', why: /below -1/ },
  )
})

const spectra = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: n, maxLength: n })

t.test('a rubberband lies under every point and touches both ends; a continuum over them', async () => {
  fc.assert(
    fc.property(spectra, (values) => {
      const x = Float64Array.from(values)
      const above = run({ ...every['rubberband'], op: 'baseline_morph' }, x).output
      const under = run({ op: 'continuum_removal', method: 'subtraction' }, x).output
      return above.every((value) => value >= -1e-12) && above[0] === 0 && above[n - 1] === 0 && under.every((value) => value <= 1 + 1e-12)
    }),
  )
})

t.test('whatever comes in, the penalised baselines end, and give numbers or a reason', async () => {
  fc.assert(
    fc.property(spectra, fc.constantFrom('asls', 'airpls', 'arpls'), fc.constantFrom(1e-3, 1e5, 1e12), (values, method, lam) => {
      const { unfit, output } = run({ ...every[method], op: 'baseline_pls', lam }, Float64Array.from(values))
      return unfit !== null || output.every((value) => Number.isFinite(value))
    }),
  )
})

t.test('parameters that cannot work on this axis are refused when the chain is built', async (t) => {
  const refused = (step: Step, seen: RegExp) => t.throws(() => run(step, clean), { code: 'CHAIN_INVALID', seen })
  refused({ ...pls, method: 'asls' }, /p that is not there/)
  refused({ ...pls, method: 'asls', p: 1 }, /p 1/)
  refused({ ...pls, method: 'airpls', p: 0.5 }, /the parameter p/)
  refused({ ...pls, method: 'arpls', diff_order: 3 }, /diff_order 3/)
  refused({ ...pls, method: 'arpls', lam: 1e13 }, /lam/)
  refused({ ...pls, method: 'arpls', max_iter: 1001 }, /max_iter 1001/)
  refused({ ...poly, method: 'poly', order: 13 }, /order 13/)
  refused({ ...poly, method: 'modpoly' }, /tol that is not there/)
  refused({ op: 'baseline_morph', method: 'rolling_ball', half_window: 21, smooth_half_window: 0 }, /half_window 21/)
  t.doesNotThrow(() => run({ op: 'baseline_morph', method: 'rolling_ball', half_window: 20, smooth_half_window: 20 }, clean))
  refused({ op: 'baseline_morph', method: 'snip', max_half_window: 21, decreasing: true, pad: 'none' }, /max_half_window 21/)
  refused({ op: 'baseline_morph', method: 'snip', max_half_window: 6, decreasing: true }, /pad that is not there/)
  refused({ op: 'continuum_removal', method: 'magic' }, /magic/)
})
