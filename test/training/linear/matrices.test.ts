import fc from 'fast-check'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { cholesky, choleskySolve } from '../../../src/training/linear/cholesky.js'
import { largestEigen } from '../../../src/training/linear/largest-eigen.js'
import { addProducts, blockOf, timesVector } from '../../../src/training/linear/products.js'
import { gather, rowSpaceOf } from '../../../src/training/linear/row-space.js'
import { totalsOf, weightedSquares } from '../../../src/training/linear/scatter-sums.js'
import { strataOf } from '../../../src/training/linear/strata.js'

const random = seededRandom(8)
const drawn = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.gaussian())
const worstOf = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0)
/** X'X with variances that fall over six decades, as those of spectra do. */
const covarianceOf = (size: number): Float64Array => {
  const rows = drawn(2 * size * size).map((value, at) => value * 10 ** ((-3 * (at % size)) / size))
  const x = new Matrix(Array.from({ length: 2 * size }, (_, i) => [...rows.subarray(i * size, (i + 1) * size)]))
  return Float64Array.from(x.transpose().mmul(x).to1DArray())
}

t.test('products of rows are those of the definition, whatever is left over by fours and twos', async (t) => {
  const sizes = fc.integer({ min: 0, max: 11 })
  fc.assert(
    fc.property(sizes, sizes, fc.integer({ min: 1, max: 9 }), (rowsA, rowsB, inner) => {
      const [a, b, out] = [drawn(rowsA * inner), drawn(rowsB * inner), drawn(rowsA * rowsB)]
      const want = out.map((value, at) => {
        const [i, j] = [Math.floor(at / rowsB), at % rowsB]
        let sum = 0
        for (let k = 0; k < inner; k++) sum += (a[i * inner + k] ?? 0) * (b[j * inner + k] ?? 0)
        return value - 2 * sum
      })
      addProducts({ values: out, start: 0, stride: rowsB, rows: rowsA }, blockOf(a, inner), blockOf(b, inner), inner, -2)
      return worstOf(want, out) < 1e-12
    }),
    { seed: 1 },
  )
  t.pass()
})

t.test('the lower triangle alone is as in the whole product', async (t) => {
  for (const size of [1, 4, 5, 7, 10]) {
    const rows = blockOf(drawn(size * 3), 3)
    const [whole, lower] = [new Float64Array(size * size), new Float64Array(size * size)]
    addProducts(blockOf(whole, size), rows, rows, 3, 1)
    addProducts(blockOf(lower, size), rows, rows, 3, 1, true)
    const below = (values: Float64Array) => values.filter((_, at) => at % size <= Math.floor(at / size))
    t.ok(worstOf(below(whole), below(lower)) < 1e-14, `${size}`)
  }
})

t.test('a Cholesky factor over several panels solves its equations', async (t) => {
  for (const size of [1, 5, 32, 33, 80]) {
    const matrix = covarianceOf(size)
    const want = drawn(2 * size)
    const sides = Float64Array.from([...timesVector(matrix, want.slice(0, size)), ...timesVector(matrix, want.slice(size))])
    t.ok(cholesky(matrix, size))
    choleskySolve(matrix, size, sides)
    t.ok(worstOf(want, sides) < 1e-7, `${size}`)
  }
  t.notOk(cholesky(Float64Array.of(1, 2, 2, 1), 2), 'not positive definite')
})

t.test('the largest eigenvalues and their vectors are those of a full decomposition', async (t) => {
  for (const [size, wanted] of [
    [1, 3],
    [6, 6],
    [40, 7],
    [90, 40],
  ] as const) {
    const matrix = covarianceOf(size)
    const { values, vectors } = largestEigen(matrix, size, wanted)
    const full = new EigenvalueDecomposition(new Matrix(Array.from({ length: size }, (_, i) => [...matrix.subarray(i * size, (i + 1) * size)])), {
      assumeSymmetric: true,
    }).realEigenvalues.sort((a, b) => b - a)
    t.equal(values.length, Math.min(size, wanted))
    values.forEach((value, a) => {
      const vector = vectors.slice(a * size, (a + 1) * size)
      t.ok(Math.abs(value - (full[a] ?? Number.NaN)) <= 1e-9 * value, `eigenvalue ${a} of ${size}`)
      t.ok(
        worstOf(
          timesVector(matrix, vector),
          vector.map((entry) => value * entry),
        ) <=
          1e-7 * value,
        `vector ${a} of ${size}`,
      )
    })
    const gram = new Float64Array(values.length ** 2)
    addProducts(blockOf(gram, values.length), blockOf(vectors, size), blockOf(vectors, size), size, 1)
    t.ok(
      worstOf(
        gram,
        gram.map((_, at) => (at % (values.length + 1) === 0 ? 1 : 0)),
      ) < 1e-10,
      'orthonormal',
    )
  }
})

t.test('eigenvalues that are equal are all found, and none that are zero', async (t) => {
  const matrix = new Float64Array(36)
  ;[3, 3, 3, 1, 0, 0].forEach((value, i) => {
    matrix[i * 7] = value
  })
  t.ok(worstOf([3, 3, 3, 1], largestEigen(matrix, 6, 6).values) < 1e-12)
  t.equal(largestEigen(matrix, 6, 6).values.length, 4)
  t.equal(largestEigen(new Float64Array(9), 3, 2).values.length, 0)
  t.equal(largestEigen(new Float64Array(0), 0, 2).values.length, 0)
})

t.test('rows in fewer numbers keep their lengths and angles', async (t) => {
  const channels = 30
  const rows = Array.from({ length: 8 }, () => drawn(channels).map((value) => value + 100))
  const space = rowSpaceOf([...rows, rows[0] ?? drawn(channels)])
  t.equal(space.size, 7, 'eight different rows differ from their mean in seven directions')
  const centre = new Float64Array(space.size)
  const { values } = gather(space, [...rows.keys()], centre)
  for (const [i, a] of rows.entries())
    for (const [j, b] of rows.entries()) {
      const far = a.reduce((sum, value, k) => sum + (value - (b[k] ?? 0)) ** 2, 0)
      let near = 0
      for (let k = 0; k < space.size; k++) near += ((values[i * space.size + k] ?? 0) - (values[j * space.size + k] ?? 0)) ** 2
      t.ok(Math.abs(far - near) < 1e-9 * (1 + far))
    }
})

t.test('sums less what a training part leaves out are the sums of what it holds, also with a spectrum named twice', async (t) => {
  const space = rowSpaceOf(Array.from({ length: 20 }, () => drawn(6)))
  const targets = { kind: 'class', classes: 2, truth: Array.from({ length: 20 }, (_, i) => (i === 3 ? -1 : i % 2)), priors: 'balanced' } as const
  for (const train of [
    [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [0, 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 17, 17],
    [0, 1],
  ]) {
    const strata = strataOf(targets, 20, train)
    const totals = totalsOf(space, strata)
    t.ok(totals)
    t.ok(worstOf(weightedSquares(space, strata, train, null), weightedSquares(space, strata, train, totals)) < 1e-12)
  }
})
