import t from 'tap'
import { drawPopulation, type Population, parsePopulation } from '../../src/datasets/population.js'
import { seededRandom } from '../../src/spectrum/random.js'

const model: Population = {
  format: 1,
  name: 'made-up',
  source: 'numbers of this test',
  quantity: 'absorbance',
  axis: { kind: 'wavelength', values: [1000, 1001, 1002] },
  assay: { unit: 'mg', mean: 200, low: 100, high: 300, residualSd: 1 },
  mean: [3, 4, 5],
  components: [
    { assay: 10, spectrum: [0.1, 0.2, 0] },
    { assay: 0, spectrum: [0, 0, 0.3] },
  ],
  residual: { sd: [0.02, 0.02, 0.02], correlation: 0.9 },
}

const moments = (pairs: readonly (readonly [number, number])[]) => {
  const mean = (k: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[k] / pairs.length, 0)
  const [a, b] = [mean(0), mean(1)]
  const covariance = (j: 0 | 1, k: 0 | 1) => pairs.reduce((sum, pair) => sum + ((pair[j] - (j ? b : a)) * (pair[k] - (k ? b : a))) / pairs.length, 0)
  return { mean: a, sd: Math.sqrt(covariance(0, 0)), correlation: covariance(0, 1) / Math.sqrt(covariance(0, 0) * covariance(1, 1)) }
}

t.test('draws have the moments of the model: assay, spectrum, and how they go together', async (t) => {
  const random = seededRandom(3)
  const draws = Array.from({ length: 20_000 }, () => drawPopulation(model, random))
  const near = (got: number, want: number, within: number, what: string) => t.ok(Math.abs(got - want) < within, `${what}: ${got}, wanted ${want}`)
  const first = moments(draws.map(({ assay, values }) => [assay, values[0] ?? 0]))
  near(first.mean, 200, 0.3, 'mean of the assay')
  near(first.sd, Math.sqrt(101), 0.2, 'spread of the assay')
  near(first.correlation, 1 / Math.sqrt(1.04 * 1.01), 0.01, 'correlation of assay and the first channel')
  const third = moments(draws.map(({ assay, values }) => [values[2] ?? 0, assay]))
  near(third.mean, 5, 0.01, 'mean of the third channel')
  near(third.sd, Math.sqrt(0.09 + 0.0004), 0.006, 'spread of the third channel')
  near(third.correlation, 0, 0.03, 'the third channel knows nothing of the assay')
})

t.test('the residual is correlated along the axis', async (t) => {
  const random = seededRandom(4)
  const still = { ...model, components: [{ assay: 1, spectrum: [0, 0, 0] }] }
  const { correlation, sd } = moments(
    Array.from({ length: 20_000 }, () => drawPopulation(still, random).values).map((values) => [values[1] ?? 0, values[2] ?? 0]),
  )
  t.ok(Math.abs(correlation - 0.9) < 0.01, `${correlation}`)
  t.ok(Math.abs(sd - 0.02) < 0.001, `${sd}`)
})

t.test('assays outside the measured range are never drawn', async (t) => {
  const random = seededRandom(5)
  const narrow = { ...model, assay: { ...model.assay, low: 195, high: 202 } }
  const draws = Array.from({ length: 500 }, () => drawPopulation(narrow, random).assay)
  t.ok(draws.every((assay) => assay >= 195 && assay <= 202))
  t.throws(() => drawPopulation({ ...model, assay: { ...model.assay, low: 900, high: 901 } }, random), { code: 'DATA_INVALID' })
})

t.test('the same seed draws the same object', async (t) => {
  t.strictSame(drawPopulation(model, seededRandom(9)), drawPopulation(model, seededRandom(9)))
})

t.test('a file is read back, and a damaged one refused by key', async (t) => {
  t.strictSame(parsePopulation(JSON.stringify(model), 'p.json').model, model)
  t.equal(parsePopulation(JSON.stringify(model), 'p.json').axis.values.length, 3)
  const refused = (changed: unknown, message: RegExp) =>
    t.throws(() => parsePopulation(typeof changed === 'string' ? changed : JSON.stringify(changed), 'p.json'), { code: 'DATA_INVALID', message })
  refused('{', /p\.json.*not JSON/)
  refused({ ...model, mean: [1, 2] }, /a spectrum of 2 values.*allowed: 3/)
  refused({ ...model, quantity: 'counts' }, /key "quantity"/)
})
