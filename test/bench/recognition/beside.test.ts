import t from 'tap'
import { nearest } from '../../../bench/recognition/nearest.js'
import { pairedGain } from '../../../bench/recognition/paired.js'
import { trainSvm } from '../../../bench/recognition/svm.js'
import { seededRandom } from '../../../src/spectrum/random.js'

/** Three clouds in a plane, three apart, with a spread of a half. */
const clouds = (count: number, seed: number) => {
  const random = seededRandom(seed)
  const truth = Array.from({ length: count }, (_, n) => n % 3)
  const centres = [
    [0, 0],
    [3, 0],
    [0, 3],
  ]
  const rows = truth.map((label) => Float64Array.from(centres[label] ?? [], (value) => value + 0.5 * random.gaussian()))
  return { rows, truth }
}

t.test('the machine beside the trainer tells three clouds apart that it has not seen', async (t) => {
  const { rows, truth } = clouds(90, 1)
  const classOf = trainSvm(rows, truth, 3)
  const later = clouds(90, 2)
  const right = later.rows.filter((row, n) => classOf(row) === later.truth[n]).length
  t.ok(right >= 86, `${right} of 90`)
})

t.test('it never answers with a class that it was not taught', async (t) => {
  const { rows, truth } = clouds(30, 1)
  const two = rows.filter((_, n) => truth[n] !== 1)
  const classOf = trainSvm(
    two,
    truth.filter((label) => label !== 1),
    3,
  )
  t.notOk(rows.some((row) => classOf(row) === 1))
})

t.test('the nearest neighbour is looked for among the given rows alone', async (t) => {
  const rows = [0, 10, 11, 30].map((value) => Float64Array.of(value))
  t.equal(nearest(rows, [0, 3], 2), 0)
  t.equal(nearest(rows, [0, 1, 3], 2), 1)
})

t.test('a gain is paired: the same answers gain nothing, and one that is always better is not below', async (t) => {
  const { truth } = clouds(60, 1)
  const groups = truth.map((_, n) => `${Math.floor(n / 2)}`)
  const right = Float64Array.from(truth)
  const worse = Float64Array.from(truth, (own, n) => (n % 3 === 0 ? (own + 1) % 3 : own))
  t.same(pairedGain({ truth, groups }, [worse], [worse]), { gain: 0, low: 0, high: 0, isBelow: false })
  t.equal(pairedGain({ truth, groups }, [right], [worse]).isBelow, false)
  const below = pairedGain({ truth, groups }, [worse], [right])
  t.equal(below.isBelow, true)
  t.ok(below.low < below.gain && below.gain < below.high && below.high < 0)
})
