import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { valueFigures } from '../../../src/training/figures/value-figures.js'

const values = [100, 102, 104, 106]
const answers = {
  values,
  groups: ['a', 'b', 'c', 'd'],
  predicted: [101, 102, 107, 106],
  intervals: [[99, 103], [100.5, 103.5], [105, 109], null] as const,
  gated: [true, true, true, true],
  accepted: [true, true, false, false],
}
const near = (got: number, want: number) => Math.abs(got - want) < 1e-9

t.test('error, bias, r2, coverage and width, by hand', async (t) => {
  const figures = valueFigures(answers, seededRandom(1))
  t.ok(near(figures.rmse.value, Math.sqrt((1 + 0 + 9 + 0) / 4)))
  t.ok(near(figures.bias.value, 1), 'too high is positive')
  t.ok(near(figures.r2.value, 1 - 10 / 20))
  t.ok(near(figures['accepted-rmse'].value, Math.sqrt(1 / 2)))
  t.ok(near(figures['accepted-share'].value, 1 / 2))
  t.ok(near(figures.coverage.value, 2 / 3))
  t.ok(near(figures['interval-width'].value, (4 + 3 + 4) / 3))
  const [low, high] = figures.rmse.interval ?? [0, 0]
  t.ok(low === 0 && high >= figures.rmse.value, `${low} ${high}`)
})

t.test('what the gate refuses does not count for coverage; equal values have no r2', async (t) => {
  t.ok(near(valueFigures({ ...answers, gated: [true, true, false, true] }, seededRandom(1)).coverage.value, 1))
  t.ok(Number.isNaN(valueFigures({ ...answers, values: [5, 5, 5, 5] }, seededRandom(1)).r2.value))
})

t.test('values far from zero lose nothing to rounding', async (t) => {
  const far = { ...answers, values: values.map((value) => value + 1e9), predicted: answers.predicted.map((value) => value + 1e9) }
  t.ok(Math.abs(valueFigures(far, seededRandom(1)).r2.value - 0.5) < 1e-9)
})
