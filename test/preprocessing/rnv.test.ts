import t from 'tap'
import type { Step } from '../../src/preprocessing/contract.js'
import { buildSequence } from '../../src/preprocessing/sequence.js'
import { pixelAxis } from '../../src/spectrum/axis.js'

const nan = Number.NaN
const spectrum = Float64Array.from({ length: 30 }, (_, i) => 0.4 + 0.2 * Math.sin(i / 3) + 0.01 * ((i * 7) % 5))
const forms: Readonly<Record<string, Step>> = {
  percentile: { op: 'rnv', method: 'percentile', q: 40 },
  'median and MAD': { op: 'rnv', method: 'median_mad' },
  local: { op: 'rnv', method: 'local', window: 7, pad: 'reflect' },
}
const run = (step: Step, x: Float64Array) => {
  const sequence = buildSequence([step], pixelAxis(x.length), 'chain')
  const output = new Float64Array(x.length)
  return { unfit: sequence.run(x, output), output }
}
const sd = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

t.test('a mask is refused unless the parameters say skip; then it stays, and the others have their statistics without it', async (t) => {
  const x = spectrum.map((value, i) => (i === 12 ? nan : value))
  for (const [name, step] of Object.entries(forms)) {
    t.equal(run(step, spectrum).unfit, null, name)
    t.match(run(step, x).unfit, { flag: 'masked' }, `${name}: no rule given`)
    t.match(run({ ...step, nan: 'refuse' }, x).unfit, { flag: 'masked' }, `${name}: refuse`)
    const { unfit, output } = run({ ...step, nan: 'skip' }, x)
    t.equal(unfit, null, `${name}: skip`)
    t.strictSame(
      [...output.keys()].filter((i) => Number.isNaN(output[i])),
      [12],
      name,
    )
    t.match(run({ ...step, nan: 'skip' }, new Float64Array(30).fill(nan)).unfit ?? { flag: 'masked' }, { flag: 'masked' })
  }
  const left = Float64Array.from([...x].filter((value) => !Number.isNaN(value)))
  for (const name of ['percentile', 'median and MAD']) {
    const step = forms[name] ?? { op: '' }
    const want = run(step, left).output
    const got = run({ ...step, nan: 'skip' }, x).output.filter((value) => !Number.isNaN(value))
    t.strictSame([...got], [...want], `${name}: as if the channel were not there`)
  }
})

t.test('what has no spread is reported as degenerate, never divided by nothing', async (t) => {
  for (const [name, step] of Object.entries(forms)) t.match(run(step, new Float64Array(30).fill(0.3)).unfit, { flag: 'degenerate' }, name)
  const clipped = spectrum.map((value, i) => (i > 10 && i < 20 ? 1 : value))
  t.match(run(forms['local'] ?? { op: '' }, clipped).unfit, { flag: 'degenerate', why: /window/ }, 'a flat stretch as long as the window')
  t.equal(run({ ...forms['local'], op: 'rnv', window: 13 }, clipped).unfit, null, 'a window that looks beyond it')
  t.match(run({ op: 'rnv', method: 'percentile', q: 0 }, spectrum).unfit, { flag: 'degenerate' }, 'one value has no spread')
})

t.test('each form is what its formula says', async (t) => {
  const order = [...spectrum].sort((a, b) => a - b)
  const at = (fraction: number): number => {
    const position = fraction * 29
    const low = order[Math.floor(position)] ?? 0
    return low + ((order[Math.ceil(position)] ?? 0) - low) * (position - Math.floor(position))
  }
  const limit = at(0.4)
  const below = sd(order.filter((value) => value <= limit))
  const near = (got: Float64Array, want: (value: number, i: number) => number): boolean =>
    got.every((value, i) => Math.abs(value - want(spectrum[i] ?? 0, i)) < 1e-10)
  t.ok(near(run({ op: 'rnv', method: 'percentile', q: 40 }, spectrum).output, (value) => (value - limit) / below))
  const distances = order.map((value) => Math.abs(value - at(0.5))).sort((a, b) => a - b)
  const mad = ((distances[14] ?? 0) + (distances[15] ?? 0)) / 2
  t.ok(near(run({ op: 'rnv', method: 'median_mad', k: 2 }, spectrum).output, (value) => (value - at(0.5)) / (2 * mad)))
  for (const pad of ['reflect', 'edge']) {
    const beyond = (i: number): number => spectrum[pad === 'edge' ? Math.min(29, Math.max(0, i)) : i < 0 ? -i : i > 29 ? 58 - i : i] ?? 0
    const window = (i: number): number[] => Array.from({ length: 9 }, (_, k) => beyond(i - 4 + k))
    const { output } = run({ op: 'rnv', method: 'local', window: 9, pad }, spectrum)
    t.ok(
      near(output, (value, i) => (value - window(i).reduce((sum, other) => sum + other, 0) / 9) / sd(window(i))),
      pad,
    )
  }
  t.throws(() => run({ op: 'rnv', method: 'local', window: 8, pad: 'edge' }, spectrum), { code: 'CHAIN_INVALID', seen: 'window 8' })
  t.throws(() => run({ op: 'rnv', method: 'local', window: 31, pad: 'edge' }, spectrum), { code: 'CHAIN_INVALID', seen: 'window 31' })
})
