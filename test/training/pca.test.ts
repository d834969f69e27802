import { readFileSync } from 'node:fs'
import t from 'tap'
import { z } from 'zod'
import { conformalQuantile } from '../../src/inference/conformal.js'
import { outOfFold } from '../../src/training/decision/out-of-fold.js'
import { distances, dot, fitPca } from '../../src/training/pca.js'

const numbers = z.array(z.number())
const cases = z
  .object({
    t2_q: z.array(
      z.looseObject({
        name: z.string(),
        params: z.looseObject({ components: z.number(), quantile: z.number().optional() }),
        input: z.array(numbers),
        output: z.object({ t2: numbers, q: numbers, t2_limit: z.number().optional(), q_limit: z.number().optional() }),
        rtol: z.number(),
        atol: z.number(),
        calibration: z.array(numbers).optional(),
        folds: numbers.optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('fixtures/t2_q.json', import.meta.url), 'utf8'))).t2_q
const wide = cases.find(({ name }) => name === 'out_of_fold_quantile_wide')
if (!wide?.calibration || !wide.folds) throw new Error('the golden case is missing')
const { calibration, folds, output, input, params, rtol, atol } = wide
const rows = calibration.map((row) => Float64Array.from(row))
const near = (got: number, want: number) => Math.abs(got - want) <= atol + rtol * Math.abs(want)

t.test('T2 and Q of new spectra are those of the golden vectors (fewer spectra than channels)', async (t) => {
  const model = fitPca(rows, params.components)
  input.forEach((row, i) => {
    const { t2, q } = distances(model, Float64Array.from(row))
    t.ok(near(t2, output.t2[i] ?? 0), `T2 of ${i}: ${t2}, wanted ${output.t2[i]}`)
    t.ok(near(q, output.q[i] ?? 0), `Q of ${i}: ${q}, wanted ${output.q[i]}`)
  })
  t.ok(Math.min(...output.q) > 100 * atol, 'zero would not pass')
})

t.test('limits are the out-of-fold quantiles of the golden vectors', async (t) => {
  const { t2, q } = outOfFold(rows, folds ?? [], params.components)
  const limit = (distances: Float64Array) => conformalQuantile(distances.toSorted(), 1 - (params.quantile ?? 0)) ?? Number.NaN
  t.ok(near(limit(t2), output.t2_limit ?? 0))
  t.ok(near(limit(q), output.q_limit ?? 0))
})

t.test('more spectra than channels: the same components from the other matrix', async (t) => {
  const narrow = rows.map((row) => row.subarray(0, 6))
  const { loadings, variances, mean } = fitPca(narrow, 6)
  loadings.forEach((a, i) => {
    loadings.forEach((b, j) => {
      t.ok(Math.abs(dot(a, b) - (i === j ? 1 : 0)) < 1e-10, 'orthonormal')
    })
    const scores = narrow.map((row) =>
      dot(
        row.map((value, k) => value - (mean[k] ?? 0)),
        a,
      ),
    )
    const variance = scores.reduce((sum, score) => sum + score * score, 0) / (narrow.length - 1)
    t.ok(Math.abs(variance - (variances[i] ?? 0)) < 1e-10 * variance)
  })
})

t.test('rows that do not span enough directions are refused', async (t) => {
  t.throws(() => fitPca([Float64Array.of(1, 2, 3), Float64Array.of(2, 4, 6), Float64Array.of(3, 6, 9)], 2), { code: 'DATA_INVALID' })
})

t.test('a quantile that so few values cannot give is none', async (t) => {
  const values = Float64Array.from({ length: 198 }, (_, i) => i)
  t.equal(conformalQuantile(values, 0.005), null)
  t.equal(conformalQuantile(Float64Array.of(...values, 198), 0.005), 198)
})
