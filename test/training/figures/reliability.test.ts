import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { calibrationError, reliabilityOf } from '../../../src/training/figures/reliability.js'

const random = seededRandom(12)

/** Scores of two classes, right as often as they say. */
const drawn = (count: number) => {
  const scores = Array.from({ length: count }, () => {
    const top = 0.5 + 0.5 * random.uniform() ** 0.3
    return top
  })
  return {
    scores: scores.map((top) => [top, 1 - top]),
    truth: scores.map((top) => (random.uniform() < top ? 0 : 1)),
  }
}

t.test('fifteen bins of equally many spectra, in order, all of them', async (t) => {
  const { scores, truth } = drawn(3000)
  const bins = reliabilityOf(scores, truth)
  t.strictSame(
    bins.map(({ count }) => count),
    new Array(15).fill(200),
  )
  for (const [i, { low, high, confidence }] of bins.entries()) t.ok(low <= confidence && confidence <= high && low >= (bins[i - 1]?.high ?? 0))
  t.ok(calibrationError(bins) < 0.04, `${calibrationError(bins)}`)
})

t.test('scores that promise too little show in the bins', async (t) => {
  const { scores, truth } = drawn(3000)
  const shy = scores.map(([top = 0]) => [0.5 + (top - 0.5) / 3, 0.5 - (top - 0.5) / 3])
  t.ok(calibrationError(reliabilityOf(shy, truth)) > 0.15)
})

t.test('few spectra give few bins, none gives none, and scores that are no numbers are left out', async (t) => {
  const { scores, truth } = drawn(34)
  t.strictSame(
    reliabilityOf(scores, truth).map(({ count }) => count),
    [11, 12, 11],
  )
  t.strictSame(reliabilityOf([], []), [])
  t.strictSame(
    reliabilityOf(
      [
        [0.9, 0.1],
        [Number.NaN, Number.NaN],
      ],
      [0, 0],
    ),
    [{ low: 0.9, high: 0.9, count: 1, confidence: 0.9, accuracy: 1 }],
  )
})
