import t from 'tap'
import type { Step } from '../../src/preprocessing/contract.js'
import { buildSequence } from '../../src/preprocessing/sequence.js'
import { makeAxis, pixelAxis } from '../../src/spectrum/axis.js'
import { seededRandom } from '../../src/spectrum/random.js'

const N = 40
const random = seededRandom(11)
const spectrum = Float64Array.from({ length: N }, () => random.gaussian())

const run = (step: Step, x: Float64Array) => {
  const sequence = buildSequence([{ ...step, op: 'norris_williams' }], pixelAxis(x.length), 'chain')
  const output = new Float64Array(sequence.output.values.length)
  if (sequence.run(x, output)) throw new Error('unfit')
  return { output, axis: sequence.output }
}
const near = (got: Float64Array, want: readonly number[]): boolean =>
  got.length === want.length && got.every((value, i) => Math.abs(value - (want[i] ?? Number.NaN)) < 1e-12)

/** The spectrum with what stands beyond its ends, by the rules of scipy.ndimage, as far as 20 points. */
const beyond: Readonly<Record<string, (x: readonly number[], i: number) => number>> = {
  nearest: (x, i) => x[Math.min(Math.max(i, 0), x.length - 1)] ?? 0,
  mirror: (x, i) => x[i < 0 ? -i : i >= x.length ? 2 * x.length - 2 - i : i] ?? 0,
  reflect: (x, i) => x[i < 0 ? -1 - i : i >= x.length ? 2 * x.length - 1 - i : i] ?? 0,
  wrap: (x, i) => x[(i + x.length) % x.length] ?? 0,
  constant: (x, i) => x[i] ?? 0,
}
const smooth = (x: readonly number[], at: (x: readonly number[], i: number) => number, segment: number): number[] =>
  x.map((_, i) => Array.from({ length: segment }, (_, k) => at(x, i + k - (segment - 1) / 2)).reduce((sum, value) => sum + value, 0) / segment)

t.test('chemotools: a mean, then a difference over the gap divided by its length, both with the ends of their mode', async (t) => {
  for (const [mode, at] of Object.entries(beyond))
    for (const [segment, gap] of [
      [1, 3],
      [7, 9],
      [3, 15],
    ] as const) {
      const x = smooth([...spectrum], at, segment)
      const h = (gap - 1) / 2
      const d1 = x.map((_, i) => (at(x, i + h) - at(x, i - h)) / gap)
      const d2 = x.map((value, i) => (at(x, i + h) - 2 * value + at(x, i - h)) / gap)
      const step = { op: 'norris_williams', variant: 'chemotools', segment, gap, mode }
      t.ok(near(run({ ...step, deriv: 1 }, spectrum).output, d1), `${mode} ${segment} ${gap} d1`)
      t.ok(near(run({ ...step, deriv: 2 }, spectrum).output, d2), `${mode} ${segment} ${gap} d2`)
    }
})

t.test('nirs4all: mean and central difference again for each order, the edge value repeated', async (t) => {
  const at = beyond['nearest'] ?? (() => 0)
  let x = [...spectrum]
  for (let deriv = 1; deriv <= 3; deriv++) {
    const averaged = smooth(x, at, 5)
    x = averaged.map((_, i) => (at(averaged, i + 4) - at(averaged, i - 4)) / (2 * 4 * 2.5))
    t.ok(near(run({ op: 'norris_williams', variant: 'nirs4all', segment: 5, gap: 4, deriv, delta: 2.5 }, spectrum).output, x), `order ${deriv}`)
  }
})

t.test('prospectr: the m-th derivative of a polynomial of degree m is exact, whatever gap and segment', async (t) => {
  for (const [m, w, s] of [
    [1, 1, 1],
    [1, 4, 3],
    [2, 3, 5],
    [3, 2, 2],
    [4, 5, 2],
  ] as const) {
    const delta = 0.5
    const x = Float64Array.from({ length: N }, (_, i) => 3 - 2 * (i * delta) + (i * delta) ** m / 7)
    const exact = m === 1 ? -2 + 1 / 7 : Array.from({ length: m }, (_, i) => i + 1).reduce((product, i) => product * i, 1) / 7
    const { output, axis } = run({ op: 'norris_williams', variant: 'prospectr', m, w, s, delta }, x)
    t.equal(output.length, N - (m * w + (m + 1) * s) + 1)
    t.ok(
      output.every((value) => Math.abs(value - exact) < 1e-8),
      `m ${m}, w ${w}, s ${s}: ${output[0]} for ${exact}`,
    )
    t.equal(axis.values[0], (m * w + (m + 1) * s - 1) / 2, 'each value stands in the middle of its window')
  }
})

t.test('a NaN reaches the points whose formula names it, and no other', async (t) => {
  const x = spectrum.map((value, i) => (i === 20 ? Number.NaN : value))
  const masked = (output: Float64Array): number[] => [...output.keys()].filter((i) => Number.isNaN(output[i]))
  t.strictSame(masked(run({ op: '', variant: 'chemotools', segment: 1, gap: 9, deriv: 1, mode: 'nearest' }, x).output), [16, 24])
  t.strictSame(masked(run({ op: '', variant: 'nirs4all', segment: 3, gap: 5, deriv: 1 }, x).output), [14, 15, 16, 24, 25, 26])
})

t.test('parameters without a meaning are refused when the chain is built', async (t) => {
  const axis = makeAxis('wavelength', [1, 2, 3, 4, 5, 6])
  const build = (step: object) => () => buildSequence([{ op: 'norris_williams', ...step }], axis, 'chain')
  t.throws(build({ variant: 'chemotools', segment: 4, gap: 3, deriv: 1, mode: 'nearest' }), { code: 'CHAIN_INVALID', seen: 'segment 4' })
  t.throws(build({ variant: 'chemotools', segment: 3, gap: 4, deriv: 1, mode: 'nearest' }), { code: 'CHAIN_INVALID', seen: 'gap 4' })
  t.throws(build({ variant: 'chemotools', segment: 3, gap: 3, deriv: 3, mode: 'nearest' }), { code: 'CHAIN_INVALID' })
  t.throws(build({ variant: 'chemotools', segment: 3, gap: 3, deriv: 1 }), { code: 'CHAIN_INVALID' }, 'the ends are a parameter')
  t.throws(build({ variant: 'prospectr', m: 1, w: 3, s: 2 }), { code: 'CHAIN_INVALID', seen: /7 points/ })
  t.throws(build({ variant: 'norris' }), { code: 'CHAIN_INVALID', allowed: /"chemotools", "nirs4all", "prospectr"/ })
})
