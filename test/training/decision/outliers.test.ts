import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { findOutliers } from '../../../src/training/decision/outliers.js'

const random = seededRandom(4)
const ids = Array.from({ length: 200 }, (_, n) => `s${n}`)
const q = Float64Array.from(ids, () => Math.exp(0.3 * random.gaussian()))
const residuals = Float64Array.from(ids, () => 1 + 2 * Math.max(-2.5, Math.min(2.5, random.gaussian())))

t.test('a residual beyond four robust standard deviations is listed with its id, and ordinary ones are not', async (t) => {
  const odd = residuals.map((value, n) => (n === 17 ? 1 + 2 * 6 : n === 18 ? 1 - 2 * 5 : value))
  const { outliers, findings } = findOutliers({ ids, q, residuals: odd, answers: null })
  t.strictSame(
    outliers.filter(({ kind }) => kind === 'residual').map(({ id }) => id),
    ['s17', 's18'],
    'on both sides, the farther first',
  )
  t.match(outliers[0]?.reason, /residual [56]\.\d robust sd/)
  t.match(findings, [{ code: 'outliers', count: 2, ids: ['s17', 's18'], text: /Nothing was left out/ }])
  t.strictSame(findOutliers({ ids, q, residuals, answers: null }), { outliers: [], findings: [] })
})

t.test('so is a Q that is far above the others, not one that is far below', async (t) => {
  const odd = q.map((value, n) => (n === 3 ? Math.exp(3) : n === 4 ? Math.exp(-3) : value))
  const { outliers } = findOutliers({ ids, q: odd, residuals: null, answers: null })
  t.strictSame(
    outliers.map(({ id, kind }) => [id, kind]),
    [['s3', 'distance']],
  )
})

t.test('the spread is robust: a tenth of wild values hides none of them, and equal or missing values raise nothing', async (t) => {
  const wild = residuals.map((value, n) => (n % 10 === 0 ? 1000 + n : value))
  t.equal(findOutliers({ ids, q, residuals: wild, answers: null }).outliers.length, 20)
  const missing = residuals.map((value, n) => (n < 5 ? Number.NaN : value))
  t.strictSame(findOutliers({ ids, q, residuals: missing, answers: null }).outliers, [])
  t.strictSame(findOutliers({ ids, q, residuals: q.map(() => 0), answers: null }).outliers, [])
})

t.test('confident wrong answers are told with an example, and are no outliers', async (t) => {
  const scores = ids.map((_, n) => (n === 8 ? [0.001, 0.999] : n === 9 ? [0.2, 0.8] : [0.9, 0.1]))
  const { outliers, findings } = findOutliers({ ids, q, residuals: null, answers: { scores, truth: ids.map(() => 0), labels: ['PET', 'PVC'] } })
  t.strictSame(outliers, [])
  t.match(findings, [{ code: 'confidently-wrong', count: 1, ids: ['s8'], text: /"s8" is labelled PET and looks like PVC/ }])
})
