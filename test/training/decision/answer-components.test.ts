import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { componentsOfAnswer } from '../../../src/training/decision/answer-components.js'
import { fitJointGate } from '../../../src/training/decision/joint-gate.js'

const CHANNELS = 12
const COUNT = 60
const random = seededRandom(9)

/** Spectra whose directions are the channels, each with a tenth of the variance of the one before. */
const rows = Array.from({ length: COUNT }, () => Float64Array.from({ length: CHANNELS }, (_, i) => 10 ** (-i / 2) * random.gaussian()))
/** A value drawn from one channel, on a scale on which it varies by about 1. */
const drawnFrom = (channel: number) => async (asked: readonly Float64Array[]) => asked.map((row) => (row[channel] ?? 0) * 10 ** (channel / 2))

t.test('as many components as the answer is drawn from, but for what is less than its error', async (t) => {
  const of = (channel: number, error: number, most = CHANNELS) => componentsOfAnswer({ rows, answer: drawnFrom(channel), error, most })
  t.equal(await of(0, 0.3), 1)
  t.ok((await of(6, 0.3)) >= 6, 'of little variance, but all of the answer')
  t.equal(await of(6, 3), 1, 'an error beside which it is nothing')
  t.equal(await of(8, 0.01, 4), 4, 'no more than there may be')
})

t.test('a gate has as many, where the objects carry them, and then sees what moves the answer alone', async (t) => {
  const groups = rows.map((_, n) => `${n}`)
  const folds = rows.map((_, n) => n % 5)
  const least = await componentsOfAnswer({ rows, answer: drawnFrom(6), error: 0.05, most: 16 })
  const [coarse, fine] = [1, least].map((leastComponents) => fitJointGate({ rows, folds, groups, scalars: {}, leastComponents }).spec)
  t.ok((fine?.k ?? 0) >= 7 && (coarse?.k ?? 0) <= 4, `${coarse?.k} and ${fine?.k} components`)
  t.equal(fitJointGate({ rows, folds, groups, scalars: {}, leastComponents: 12, maxComponents: 5 }).spec.k, 5)
  // Twelve times what is usual of the direction that the answer is drawn from, which is nothing beside the others.
  const moved = Float64Array.from({ length: CHANNELS }, (_, i) => (i === 6 ? 12 * 10 ** -3 : 0))
  const far = ({ mean, loadings, eigenvalues, limits }: NonNullable<typeof fine>): boolean => {
    const rest = moved.map((value, i) => value - (mean[i] ?? 0))
    const scores = loadings.map((loading) => loading.reduce((sum, value, i) => sum + value * (rest[i] ?? 0), 0))
    const t2 = scores.reduce((sum, score, a) => sum + score ** 2 / (eigenvalues[a] ?? Number.NaN), 0)
    const q = rest.reduce((sum, value) => sum + value ** 2, 0) - scores.reduce((sum, score) => sum + score ** 2, 0)
    return t2 > limits.t2 || q > limits.q
  }
  t.equal(coarse && far(coarse), false)
  t.equal(fine && far(fine), true)
})
