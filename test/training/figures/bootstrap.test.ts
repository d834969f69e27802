import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { bootstrapped } from '../../../src/training/figures/bootstrap.js'

const random = seededRandom(8)
const mean = (values: readonly number[]) => (weights: Float64Array) => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return [values.reduce((sum, value, n) => sum + (value * (weights[n] ?? 0)) / total, 0)]
}

t.test('the interval of a mean is as wide as its standard error says', async (t) => {
  const values = Array.from({ length: 400 }, () => random.gaussian())
  const [{ value, interval } = { value: 0, interval: null }] = bootstrapped(
    values.map((_, n) => `${n}`),
    null,
    mean(values),
    seededRandom(1),
  )
  t.ok(interval && interval[0] < value && value < interval[1])
  const width = interval ? interval[1] - interval[0] : 0
  t.ok(Math.abs(width / (2 * 1.96 * 0.05) - 1) < 0.2, `${width}`)
})

t.test('spectra of one object stay together: sixteen copies of an object tell no more than one', async (t) => {
  const objects = Array.from({ length: 100 }, () => random.gaussian())
  const width = (copies: number) => {
    const values = objects.flatMap((value) => new Array<number>(copies).fill(value))
    const [figure] = bootstrapped(
      values.map((_, n) => `${Math.floor(n / copies)}`),
      null,
      mean(values),
      seededRandom(2),
    )
    return (figure?.interval?.[1] ?? 0) - (figure?.interval?.[0] ?? 0)
  }
  t.ok(Math.abs(width(16) / width(1) - 1) < 0.05, `${width(16)} ${width(1)}`)
})

t.test('within strata no class is lost, and the same seed gives the same interval', async (t) => {
  const strata = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
  const groups = strata.map((_, n) => `${n}`)
  const counts = (weights: Float64Array) => [weights[9] ?? 0, strata.reduce((sum, own, n) => sum + (own === 0 ? (weights[n] ?? 0) : 0), 0)]
  t.strictSame(bootstrapped(groups, strata, counts, seededRandom(3)), [
    { value: 1, interval: [1, 1] },
    { value: 9, interval: [9, 9] },
  ])
  t.notSame(bootstrapped(groups, null, counts, seededRandom(3))[0]?.interval, [1, 1])
  t.strictSame(bootstrapped(groups, null, counts, seededRandom(3)), bootstrapped(groups, null, counts, seededRandom(3)))
})

t.test('a figure that is not defined has no interval', async (t) => {
  t.strictSame(
    bootstrapped(['a', 'b'], null, () => [Number.NaN], seededRandom(1)).map(({ interval }) => interval),
    [null],
  )
})
