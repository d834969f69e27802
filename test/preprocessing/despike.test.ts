import t from 'tap'
import type { Step } from '../../src/preprocessing/contract.js'
import { buildSequence } from '../../src/preprocessing/sequence.js'
import { pixelAxis } from '../../src/spectrum/axis.js'
import { seededRandom } from '../../src/spectrum/random.js'

const N = 200
const random = seededRandom(3)
const noisy = Float64Array.from({ length: N }, (_, i) => 100 + 20 * Math.sin(i / 15) + random.gaussian())
const bothEnds: Step = { op: 'despike', variant: 'both_ends', threshold: 8, m: 3 }
const ramanspy: Step = { op: 'despike', variant: 'ramanspy', threshold: 8, kernel: 3 }

const run = (step: Step, x: Float64Array): Float64Array => {
  const output = new Float64Array(x.length)
  if (buildSequence([step], pixelAxis(x.length), 'chain').run(x, output)) throw new Error('unfit')
  return output
}
const spoilt = (changes: Readonly<Record<number, number>>): Float64Array => noisy.map((value, i) => changes[i] ?? value)
const changed = (got: Float64Array, x: Float64Array): number[] => [...x.keys()].filter((i) => !Object.is(got[i], x[i]))
const mean = (...pixels: number[]): number => pixels.reduce((sum, i) => sum + (noisy[i] ?? 0), 0) / pixels.length

t.test('a spike goes, with both of its flanks or with the one before it, and a spectrum without spikes is not touched', async (t) => {
  const x = spoilt({ 60: 900 })
  const ends = run(bothEnds, x)
  t.strictSame(changed(ends, x), [59, 60, 61], 'both ends of both flanks')
  t.ok(Math.abs((ends[60] ?? 0) - mean(57, 58, 62, 63)) < 1e-9, 'the mean of the good points within 3')
  const peer = run(ramanspy, x)
  t.strictSame(changed(peer, x), [59, 60])
  t.ok(Math.abs((peer[59] ?? 0) - mean(56, 57, 58, 61, 62)) < 1e-9, 'good points within 3 of the first')
  t.ok(Math.abs((peer[60] ?? 0) - ((peer[59] ?? 0) + 2 * mean(57, 58) + 3 * mean(61, 62, 63)) / 6) < 1e-9, 'then the first one counts as good')
  for (const step of [bothEnds, ramanspy]) t.strictSame(changed(run(step, noisy), noisy), [])
})

t.test('a spike in the last channel goes where both ends are flagged and stays with the peer', async (t) => {
  const x = spoilt({ [N - 1]: 900 })
  const ends = run(bothEnds, x)
  t.ok(Math.abs((ends[N - 1] ?? 0) - mean(N - 4, N - 3)) < 1e-9)
  const peer = run(ramanspy, x)
  t.equal(peer[N - 1], 900)
  t.strictSame(changed(peer, x), [N - 2])
})

t.test('a spike too wide for its neighbourhood is masked, never filled with another spike', async (t) => {
  const x = spoilt({ 100: 900, 101: 2000, 102: 4000, 103: 8000, 104: 900 })
  const got = run({ ...bothEnds, m: 1 }, x)
  t.strictSame(
    [...got.keys()].filter((i) => Number.isNaN(got[i])),
    [100, 101, 102, 103, 104],
  )
  const peer = run({ ...ramanspy, kernel: 1 }, x)
  t.ok(
    peer.every((value) => value < 200),
    'pass after pass from its edges',
  )
})

t.test('a NaN stays where it was, raises no spike and is no neighbour', async (t) => {
  for (const step of [bothEnds, ramanspy]) {
    const x = spoilt({ 58: Number.NaN, 60: 900, 150: Number.NaN })
    const got = run(step, x)
    t.strictSame(
      [...got.keys()].filter((i) => Number.isNaN(got[i])),
      [58, 150],
    )
    t.ok((got[60] ?? 900) < 200)
    t.ok(changed(got, x).every((i) => i >= 59 && i <= 61))
    const empty = run(step, new Float64Array(10).fill(Number.NaN))
    t.ok(empty.every(Number.isNaN))
  }
})

t.test('where more than half the steps are alike no spike is called, nor by the rounding of a straight line', async (t) => {
  const flat = new Float64Array(64).fill(5)
  flat[20] = 80
  const line = Float64Array.from({ length: 64 }, (_, i) => 0.1 * i)
  for (const step of [bothEnds, ramanspy]) {
    t.strictSame(run(step, flat), flat)
    t.strictSame(run(step, line), line)
  }
})
