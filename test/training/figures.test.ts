import t from 'tap'
import { seededRandom } from '../../src/spectrum/random.js'
import { agreement, argmax, balancedAccuracy, balancedFigure, confusionOf, shareFigure } from '../../src/training/figures.js'

const truth = [0, 0, 0, 0, 1, 1, 2]
const predicted = [0, 0, 0, 1, 1, -1, 0]

t.test('a confusion has the true class in rows; an unanswered spectrum is in none of the columns', async (t) => {
  t.strictSame(confusionOf(truth, predicted, 3), [
    [3, 1, 0],
    [0, 1, 0],
    [1, 0, 0],
  ])
})

t.test('balanced accuracy gives each class that occurs the same weight', async (t) => {
  t.equal(
    balancedAccuracy([
      [3, 1],
      [0, 2],
    ]),
    (0.75 + 1) / 2,
  )
  t.equal(
    balancedAccuracy([
      [3, 1],
      [0, 0],
    ]),
    0.75,
  )
})

t.test('over several draws: the mean, and unanswered spectra count as wrong', async (t) => {
  const { value, interval } = balancedFigure(truth, [predicted, truth], seededRandom(1))
  t.ok(Math.abs(value - ((0.75 + 1) / 2 + (0.5 + 1) / 2 + (0 + 1) / 2) / 3) < 1e-12)
  t.ok(interval && interval[0] <= value && value <= interval[1] && interval[0] < interval[1], `${interval}`)
})

t.test('a perfect answer has no width, and the same seed gives the same interval', async (t) => {
  t.strictSame(balancedFigure(truth, [truth], seededRandom(1)), { value: 1, interval: [1, 1] })
  t.strictSame(balancedFigure(truth, [predicted], seededRandom(2)), balancedFigure(truth, [predicted], seededRandom(2)))
})

t.test('the interval of a share is that of Wilson', async (t) => {
  const { value, interval } = shareFigure(45, 50)
  t.equal(value, 0.9)
  // Computed apart: R, prop.test(45, 50, correct = FALSE).
  t.ok(interval && Math.abs(interval[0] - 0.7864) < 1e-4 && Math.abs(interval[1] - 0.9565) < 1e-4, `${interval}`)
  t.strictSame(shareFigure(0, 0), { value: 0, interval: null })
})

t.test('agreement and the largest of several', async (t) => {
  t.equal(agreement([0, 1, 2, 2], [0, 1, 1, 2]), 0.75)
  t.equal(argmax([1, 3, 3]), 1)
})
