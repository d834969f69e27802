import t from 'tap'
import { dot, singularValues } from '../../../src/calibration/transfer/singular-values.js'
import { seededRandom } from '../../../src/spectrum/random.js'

const random = seededRandom(4)
const matrix = (rows: number, columns: number): Float64Array[] =>
  Array.from({ length: rows }, () => Float64Array.from({ length: columns }, () => random.gaussian()))

t.test('the parts add up to the matrix, on orthonormal vectors, wide and tall', async (t) => {
  for (const [rows, columns] of [
    [6, 15],
    [15, 6],
    [7, 7],
    [1, 4],
  ] as const) {
    const x = matrix(rows, columns)
    const { values, left, right } = singularValues(x)
    t.equal(values.length, Math.min(rows, columns))
    t.strictSame(
      [...values].sort((a, b) => b - a),
      values,
      'falling',
    )
    for (const side of [left, right])
      side.forEach((a, i) => {
        side.forEach((b, j) => {
          if (Math.abs(dot(a, b) - (i === j ? 1 : 0)) > 1e-12) t.fail(`${i} and ${j} are not orthonormal`)
        })
      })
    const worst = Math.max(
      ...x.flatMap((row, i) =>
        Array.from(row, (value, j) => Math.abs(value - values.reduce((sum, s, d) => sum + s * (left[d]?.[i] ?? 0) * (right[d]?.[j] ?? 0), 0))),
      ),
    )
    t.ok(worst < 1e-12, `${rows} x ${columns}: ${worst}`)
  }
})

t.test('directions that a matrix does not have are left out, however large the others are', async (t) => {
  const [a = new Float64Array(0), b = new Float64Array(0)] = matrix(2, 30)
  const rows = [a, b, a.map((value, i) => 3 * value - 2 * (b[i] ?? 0)), a.map((value) => 1e6 * value)]
  t.equal(singularValues(rows).values.length, 2)
  t.equal(singularValues([new Float64Array(5), new Float64Array(5)]).values.length, 0)
  const small = singularValues([Float64Array.of(1, 0, 0), Float64Array.of(0, 1e-9, 0), Float64Array.of(0, 0, 1e-20)])
  t.strictSame(small.values, [1, 1e-9], 'a small one keeps its digits')
})
