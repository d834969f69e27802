import { powers } from '../fit.js'

/** Below this pivot the rows that are left do not determine the curve: the columns are orthonormal over all rows, so 1 is a full one. */
const SINGULAR = 1e-10

/** Least-squares polynomials over one axis, fitted again and again to changing values on the same rows. */
export interface PolynomialFit {
  /** Chooses the rows that count (1) or not (0). False where they do not determine a polynomial of this degree. */
  keep(rows: Float64Array): boolean
  /** Fills `curve` with the polynomial that is nearest to `values` on the kept rows, at all rows. Where a row is not kept, `values` must be finite. */
  fit(values: Float64Array, curve: Float64Array): void
}

/**
 * Polynomials up to `degree` by columns that are orthonormal over the axis: with all rows kept the coefficients are plain projections,
 * with some left out one small Cholesky factor (Golub, Van Loan, 4.2) of the columns' Gram matrix serves all rounds of one spectrum.
 */
export const polynomialFit = (positions: Float64Array, degree: number): PolynomialFit => {
  const n = positions.length
  const k = degree + 1
  const columns = orthonormal(powers(positions, degree))
  const factor = new Float64Array(k * k)
  const coefficients = new Float64Array(k)
  const weighted = new Float64Array(n)
  /** Stands beside the last column where their number is odd. */
  const none = new Float64Array(n)
  let kept: Float64Array | null = null
  return {
    keep: (rows) => {
      kept = rows.includes(0) ? rows : null
      return kept === null || factorGram(columns, kept, factor)
    },
    fit: (values, curve) => {
      if (kept) for (let i = 0; i < n; i++) weighted[i] = (kept[i] ?? 0) * (values[i] ?? 0)
      const from = kept ? weighted : values
      for (let j = 0; j < k; j += 2) project(columns[j] ?? none, columns[j + 1] ?? none, from, coefficients, j)
      if (kept) solveFactored(factor, coefficients)
      curve.fill(0)
      for (let j = 0; j < k; j += 2) addTwo(coefficients[j] ?? 0, columns[j] ?? none, coefficients[j + 1] ?? 0, columns[j + 1] ?? none, curve)
    },
  }
}

/** Modified Gram-Schmidt, twice: the second round removes what rounding left of the first (Giraud et al. 2005). */
const orthonormal = (columns: readonly Float64Array[]): readonly Float64Array[] => {
  columns.forEach((column, j) => {
    for (let round = 0; round < 2; round++) for (const before of columns.slice(0, j)) addScaled(-dot(before, column), before, column)
    const length = Math.sqrt(dot(column, column))
    for (let i = 0; i < column.length; i++) column[i] = (column[i] ?? 0) / length
  })
  return columns
}

const factorGram = (columns: readonly Float64Array[], rows: Float64Array, factor: Float64Array): boolean => {
  const k = columns.length
  for (let a = 0; a < k; a++) {
    const columnA = columns[a]
    for (let b = 0; b <= a; b++) {
      const columnB = columns[b]
      if (!columnA || !columnB) return false
      let sum = 0
      for (let i = 0; i < rows.length; i++) sum += (rows[i] ?? 0) * (columnA[i] ?? 0) * (columnB[i] ?? 0)
      for (let i = 0; i < b; i++) sum -= (factor[a * k + i] ?? 0) * (factor[b * k + i] ?? 0)
      if (a !== b) factor[a * k + b] = sum / (factor[b * k + b] ?? 1)
      else if (sum > SINGULAR) factor[a * k + b] = Math.sqrt(sum)
      else return false
    }
  }
  return true
}

const solveFactored = (factor: Float64Array, right: Float64Array) => {
  const k = right.length
  for (let a = 0; a < k; a++) {
    let sum = right[a] ?? 0
    for (let i = 0; i < a; i++) sum -= (factor[a * k + i] ?? 0) * (right[i] ?? 0)
    right[a] = sum / (factor[a * k + a] ?? 1)
  }
  for (let a = k - 1; a >= 0; a--) {
    let sum = right[a] ?? 0
    for (let i = a + 1; i < k; i++) sum -= (factor[i * k + a] ?? 0) * (right[i] ?? 0)
    right[a] = sum / (factor[a * k + a] ?? 1)
  }
}

/** Coefficients `j` and `j` + 1, two columns in one pass: four sums that do not wait for one another. */
const project = (a: Float64Array, b: Float64Array, values: Float64Array, coefficients: Float64Array, j: number) => {
  let evenA = 0
  let evenB = 0
  let oddA = 0
  let oddB = 0
  let i = 0
  for (; i + 1 < values.length; i += 2) {
    const even = values[i] ?? 0
    const odd = values[i + 1] ?? 0
    evenA += (a[i] ?? 0) * even
    evenB += (b[i] ?? 0) * even
    oddA += (a[i + 1] ?? 0) * odd
    oddB += (b[i + 1] ?? 0) * odd
  }
  if (i < values.length) {
    evenA += (a[i] ?? 0) * (values[i] ?? 0)
    evenB += (b[i] ?? 0) * (values[i] ?? 0)
  }
  coefficients[j] = evenA + oddA
  if (j + 1 < coefficients.length) coefficients[j + 1] = evenB + oddB
}

const addTwo = (factorA: number, a: Float64Array, factorB: number, b: Float64Array, to: Float64Array) => {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) + factorA * (a[i] ?? 0) + factorB * (b[i] ?? 0)
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

const addScaled = (factor: number, column: Float64Array, to: Float64Array) => {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) + factor * (column[i] ?? 0)
}
