import fc from 'fast-check'
import t from 'tap'
import { indexOfLargest, predictionSet, softmax } from '../../src/inference/scores.js'

const scored = (logits: readonly number[], temperature = 1) => {
  const out = new Float64Array(logits.length)
  return { finite: softmax(logits, 0, temperature, out), scores: [...out] }
}
const near = (seen: readonly number[], wanted: readonly number[]) => seen.every((value, i) => Math.abs(value - (wanted[i] ?? Number.NaN)) < 1e-12)

t.test('softmax gives the textbook values', async (t) => {
  const sum = 1 + Math.E + Math.E ** 2
  t.ok(near(scored([0, 1, 2]).scores, [1 / sum, Math.E / sum, Math.E ** 2 / sum]))
  t.ok(near(scored([0, 1, 2], 2).scores, scored([0, 0.5, 1]).scores), 'a temperature of 2 halves the logits')
})

t.test('softmax does not overflow, and shifting all logits changes nothing', async (t) => {
  t.ok(near(scored([100_000, 99_999]).scores, scored([1, 0]).scores))
  t.ok(near(scored([-100_000, -100_001]).scores, scored([1, 0]).scores))
  t.ok(near(scored([1e30, -1e30], 1e-3).scores, [1, 0]))
})

t.test('a row is taken from its place in a batch', async (t) => {
  const out = new Float64Array(2)
  t.ok(softmax([9, 9, 0, 1], 2, 1, out))
  t.ok(near([...out], scored([0, 1]).scores))
  t.notOk(softmax([0, 1, 2], 2, 1, out), 'a row that is not whole is not finite')
})

t.test('a logit that is not finite gives no scores', async (t) => {
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) t.notOk(scored([0, wrong, 1]).finite, String(wrong))
})

t.test('the set is the smallest that reaches the confidence, from the highest score', async (t) => {
  const labels = ['a', 'b', 'c', 'd']
  const set = (scores: readonly number[], confidence: number) => predictionSet(labels, Float64Array.from(scores), confidence).join('')
  t.equal(set([0.05, 0.9, 0.03, 0.02], 0.9), 'b', 'at the confidence')
  t.equal(set([0.05, 0.9, 0.03, 0.02], 0.901), 'ba', 'one past it')
  t.equal(set([0.125, 0.5, 0.25, 0.125], 0.75), 'bc')
  t.equal(set([0.125, 0.5, 0.25, 0.125], 0.8), 'bca', 'the earlier of two equal labels first')
  t.equal(set([0.25, 0.25, 0.25, 0.25], 0.99), 'abcd')
  t.equal(set([0.3, 0.3, 0.3, 0.1 - 1e-12], 0.9999999999999), 'abcd', 'rounding leaves all labels, not none')
})

t.test('whatever the logits, scores sum to one, and the set reaches the confidence and would not without its last label', async (t) => {
  const logits = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 8 })
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        logits,
        fc.double({ min: 0.01, max: 0.999, noNaN: true }),
        fc.double({ min: 0.05, max: 20, noNaN: true }),
        (row, confidence, temperature) => {
          const { finite, scores } = scored(row, temperature)
          const labels = row.map((_, i) => String(i))
          const set = predictionSet(labels, Float64Array.from(scores), confidence)
          const sum = (of: readonly string[]) => of.reduce((total, label) => total + (scores[Number(label)] ?? 0), 0)
          return (
            finite &&
            Math.abs(sum(labels) - 1) < 1e-9 &&
            sum(set) >= confidence - 1e-9 &&
            sum(set.slice(0, -1)) < confidence &&
            set[0] === String(indexOfLargest(scores))
          )
        },
      ),
    ),
  )
})
