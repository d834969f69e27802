import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import type { Step } from '../../../src/preprocessing/contract.js'
import { fourier } from '../../../src/preprocessing/fft.js'
import { operations } from '../../../src/preprocessing/operations.js'
import { buildSequence } from '../../../src/preprocessing/sequence.js'
import { pixelAxis } from '../../../src/spectrum/axis.js'
import { seededRandom } from '../../../src/spectrum/random.js'

const run = (step: Step, x: Float64Array) => {
  const sequence = buildSequence([step], pixelAxis(x.length), 'chain')
  const output = new Float64Array(x.length)
  return { unfit: sequence.run(x, output), output, uses: sequence.uses }
}
const masked = (output: Float64Array) => [...output.keys()].filter((i) => Number.isNaN(output[i]))
const far = (a: Float64Array, b: Float64Array) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0)
const random = seededRandom(3)
const noisy = (n: number) => Float64Array.from({ length: n }, (_, i) => 0.5 + 0.2 * Math.sin(i / 9) + 0.02 * random.gaussian())

const db4 = z
  .object({ cases: z.array(z.object({ params: z.looseObject({ method: z.string() }) })) })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, '../../golden/denoise.json'), 'utf8')))
  .cases.find(({ params }) => params.method === 'wavelet')?.params
const wavelet = (level: number): Step => ({ ...db4, op: 'denoise', level })

t.test('a median is the middle of the sorted window, with ties, at the ends and with masks', async () => {
  const value = fc.oneof(fc.constantFrom(0, 1, 2), fc.double({ min: -3, max: 3, noNaN: true }), fc.constant(Number.NaN))
  const ends = fc.constantFrom('nearest', 'mirror', 'wrap')
  const source = { nearest: (i: number, n: number) => Math.min(Math.max(i, 0), n - 1), wrap: (i: number, n: number) => (i + n) % n }
  const mirror = (i: number, n: number) => (i < 0 ? -i : i >= n ? 2 * n - 2 - i : i)
  fc.assert(
    fc.property(fc.array(value, { minLength: 9, maxLength: 20 }), fc.constantFrom(1, 3, 5, 9), ends, (values, window, mode) => {
      const { output } = run({ op: 'denoise', method: 'median', window, mode }, Float64Array.from(values))
      const half = (window - 1) / 2
      const at = mode === 'nearest' ? source.nearest : mode === 'wrap' ? source.wrap : mirror
      return output.every((got, i) => {
        const covered = Array.from({ length: window }, (_, k) => values[at(i - half + k, values.length)] ?? 0)
        if (covered.some(Number.isNaN)) return Number.isNaN(got)
        return got === covered.sort((a, b) => a - b)[half]
      })
    }),
  )
})

t.test('a window operation spreads a mask to the windows that cover it, and says which channels it looks at', async (t) => {
  for (const form of [
    { method: 'median', window: 5 },
    { method: 'moving_average', window: 5 },
    { method: 'gaussian', sigma: 0.5, truncate: 4 },
  ]) {
    const x = noisy(40)
    x[12] = Number.NaN
    t.strictSame(masked(run({ op: 'denoise', ...form, mode: 'nearest' }, x).output), [10, 11, 12, 13, 14], form.method)
  }
  const cut = buildSequence(
    [
      { op: 'denoise', method: 'median', window: 5, mode: 'nearest' },
      { op: 'band', method: 'cut', lo: 0, hi: 7 },
    ],
    pixelAxis(40),
    'chain',
  )
  t.strictSame([...cut.uses.keys()].filter((i) => cut.uses[i] === 1).at(-1), 9)
})

t.test('kernels are linear and fold into their neighbours', async (t) => {
  for (const form of [
    { method: 'moving_average', window: 7 },
    { method: 'gaussian', sigma: 2, truncate: 4 },
  ]) {
    const stage = operations.get('denoise')?.bind({ op: 'denoise', ...form, mode: 'mirror' }, pixelAxis(40), 'here')
    t.equal(stage?.kind, 'linear', form.method)
    const constant = run({ op: 'denoise', ...form, mode: 'mirror' }, new Float64Array(40).fill(3)).output
    t.ok(far(constant, new Float64Array(40).fill(3)) < 1e-12, 'weights sum to 1')
  }
})

t.test('the Fourier transform of any length is that of its definition, and keeps the tones below the cutoff alone', async (t) => {
  for (const n of [2, 9, 30, 31, 128, 210]) {
    const re = noisy(n)
    const im = noisy(n)
    const want = Float64Array.from({ length: n }, (_, k) =>
      re.reduce((sum, value, j) => {
        const angle = (2 * Math.PI * ((j * k) % n)) / n
        return sum + value * Math.cos(angle) + (im[j] ?? 0) * Math.sin(angle)
      }, 0),
    )
    fourier(n).transform(re, im)
    t.ok(far(re, want) < 1e-10, `${n} points`)
  }
  const tone = (n: number, k: number) => Float64Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * k * i) / n + 0.3))
  for (const n of [60, 61]) {
    const step = { op: 'denoise', method: 'fourier', cutoff: 0.5, rule: 'floor' }
    const kept = Math.floor((0.5 * n) / 2)
    const { output } = run(
      step,
      tone(n, kept).map((value, i) => value + (tone(n, kept + 1)[i] ?? 0)),
    )
    t.ok(far(output, tone(n, kept)) < 1e-12, `bin ${kept} of ${n} stays, the next goes`)
    const all = noisy(n)
    t.ok(far(run({ ...step, cutoff: 1 }, all).output, all) < 1e-12, 'cutoff 1 keeps all')
  }
})

t.test('a spectrum whose finest details are mostly 0 comes back whole from the wavelet transform, odd lengths too', async (t) => {
  for (const n of [64, 65, 100, 127]) {
    const x = new Float64Array(n).fill(2)
    x[Math.floor(n / 2)] = 7
    const { unfit, output } = run(wavelet(2), x)
    t.equal(unfit, null)
    t.ok(far(output, x) < 1e-9, `${n} channels`)
  }
  const truth = Float64Array.from({ length: 256 }, (_, i) => Math.sin(i / 20))
  const rough = truth.map((value) => value + 0.05 * random.gaussian())
  t.ok(far(run(wavelet(4), rough).output, truth) < far(rough, truth), 'and noise becomes less')
})

t.test('a smoother with a rule for masks bridges them; transforms need every channel', async (t) => {
  const x = noisy(64)
  x[20] = Number.NaN
  const smoother = { op: 'denoise', method: 'whittaker', lam: 10, diff_order: 2 }
  t.match(run(smoother, x).unfit, { flag: 'masked' })
  const { unfit, output } = run({ ...smoother, nan: 'skip' }, x)
  t.equal(unfit, null)
  t.strictSame(masked(output), [20])
  t.match(run({ ...smoother, nan: 'skip' }, new Float64Array(64).fill(Number.NaN)).unfit, { flag: 'masked' })
  t.match(run({ op: 'denoise', method: 'fourier', cutoff: 0.2, rule: 'floor' }, x).unfit, { flag: 'masked' })
  t.match(run(wavelet(2), x).unfit, { flag: 'masked' })
})

t.test('parameters that cannot work are refused when the chain is built', async (t) => {
  const refused = (step: Step, seen: RegExp) => t.throws(() => run({ ...step, op: 'denoise' }, noisy(64)), { code: 'CHAIN_INVALID', seen })
  const mode = 'nearest'
  refused({ op: '', method: 'median', window: 4, mode }, /window 4/)
  refused({ op: '', method: 'moving_average', window: 65, mode }, /65/)
  refused({ op: '', method: 'gaussian', sigma: 9, truncate: 4, mode }, /73/)
  refused({ op: '', method: 'fourier', cutoff: 1.1, rule: 'floor' }, /cutoff/)
  refused({ op: '', method: 'fourier', cutoff: 0.1, rule: 'floor', nan: 'skip' }, /nan "skip"/)
  refused(wavelet(5), /level 5/)
  t.doesNotThrow(() => run(wavelet(4), noisy(64)))
  const haar = { wavelet: 'haar', dec_lo: [Math.SQRT1_2, Math.SQRT1_2], rec_lo: [Math.SQRT1_2, Math.SQRT1_2] }
  const high = { dec_hi: [-Math.SQRT1_2, Math.SQRT1_2], rec_hi: [Math.SQRT1_2, -Math.SQRT1_2] }
  t.doesNotThrow(() => run({ ...wavelet(2), ...haar, ...high }, noisy(64)))
  refused({ ...wavelet(2), ...haar, ...high, dec_hi: high.rec_hi }, /"haar" that do not give a spectrum back/)
  refused({ ...wavelet(2), ...haar, dec_hi: high.dec_hi }, /different lengths/)
  refused({ ...wavelet(2), ...haar, ...high, dec_lo: [1] }, /filters of 1/)
})
