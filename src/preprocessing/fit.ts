/** Least squares on few fixed columns (Golub, Van Loan, Matrix Computations, 5.3), prepared once, solved for many spectra. */
export interface Fit {
  /**
   * Coefficients of the columns for `values` (one per row), into `coefficients`; a NaN row is left out.
   * False where the rows that are left do not determine them. Allocates nothing.
   */
  solve(values: Float64Array, coefficients: Float64Array): boolean
  /** For each column the length of the part of it that no column before it explains, as a share of its own length: near 0 it adds nothing. */
  readonly independence: Float64Array
}

/** Below this pivot the rows that are left do not determine the fit. */
const SINGULAR = 1e-10

/**
 * @param columns each with one number a row
 * @param weights of the rows, right side included, so that they enter the sum of squares squared; null: all 1
 */
export const preparedFit = (columns: readonly Float64Array[], weights: Float64Array | null): Fit => {
  const k = columns.length
  const n = columns[0]?.length ?? 0
  const q = columns.map((column) => Float64Array.from(column, (value, i) => value * (weights?.[i] ?? 1)))
  /** Upper triangle, row-wise. */
  const r = new Float64Array(k * k)
  const independence = new Float64Array(k)
  q.forEach((column, j) => {
    const before = Math.sqrt(dot(column, column))
    // Twice: the second round removes what rounding left of the first (Giraud et al. 2005).
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < j; i++) {
        const other = q[i] ?? column
        const share = dot(other, column)
        r[i * k + j] = (r[i * k + j] ?? 0) + share
        for (let row = 0; row < n; row++) column[row] = (column[row] ?? 0) - share * (other[row] ?? 0)
      }
    const after = Math.sqrt(dot(column, column))
    independence[j] = before > 0 ? after / before : 0
    r[j * k + j] = after
    for (let i = 0; i < n; i++) column[i] = after > 0 ? (column[i] ?? 0) / after : 0
  })
  // The right side enters by its weight too.
  const scaled = weights ? q.map((column) => column.map((value, i) => value * (weights[i] ?? 1))) : q
  const right = new Float64Array(k)
  const gram = new Float64Array(k * k)
  return {
    independence,
    solve: (values, coefficients) => {
      if (!products(scaled, values, right) && maskedProducts(scaled, values, right) > 0 && !solveWithoutMasked(q, values, gram, right)) return false
      for (let j = k - 1; j >= 0; j--) {
        let sum = right[j] ?? 0
        for (let i = j + 1; i < k; i++) sum -= (r[j * k + i] ?? 0) * (coefficients[i] ?? 0)
        coefficients[j] = sum / (r[j * k + j] ?? 0)
      }
      return true
    },
  }
}

/** Each column times the values, into `right`; false where one of them is NaN. */
const products = (columns: readonly Float64Array[], values: Float64Array, right: Float64Array): boolean => {
  const n = values.length
  const fours = n - (n % 4)
  let clean = true
  for (let j = 0; j < columns.length; j++) {
    const column = columns[j]
    if (!column) continue
    // Four sums side by side: one alone waits for each addition before the next.
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    for (let i = 0; i < fours; i += 4) {
      s0 += (column[i] ?? 0) * (values[i] ?? 0)
      s1 += (column[i + 1] ?? 0) * (values[i + 1] ?? 0)
      s2 += (column[i + 2] ?? 0) * (values[i + 2] ?? 0)
      s3 += (column[i + 3] ?? 0) * (values[i + 3] ?? 0)
    }
    for (let i = fours; i < n; i++) s0 += (column[i] ?? 0) * (values[i] ?? 0)
    const sum = s0 + s1 + (s2 + s3)
    if (Number.isNaN(sum)) clean = false
    right[j] = sum
  }
  return clean
}

/** The same over the rows that hold a number; returns how many hold none. */
const maskedProducts = (columns: readonly Float64Array[], values: Float64Array, right: Float64Array): number => {
  let gaps = 0
  for (let j = 0; j < columns.length; j++) {
    const column = columns[j]
    if (!column) continue
    let sum = 0
    gaps = 0
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0
      if (Number.isNaN(value)) gaps++
      else sum += (column[i] ?? 0) * value
    }
    right[j] = sum
  }
  return gaps
}

/** Gram matrix of the orthonormal columns over the rows that are left (row-wise, k by k), by Cholesky; `right` becomes the solution. */
const solveWithoutMasked = (q: readonly Float64Array[], values: Float64Array, gram: Float64Array, right: Float64Array): boolean => {
  const k = q.length
  for (let a = 0; a < k; a++) {
    const columnA = q[a]
    for (let b = 0; b <= a; b++) {
      const columnB = q[b]
      if (!columnA || !columnB) return false
      let sum = 0
      for (let i = 0; i < values.length; i++) {
        const value = values[i] ?? 0
        if (!Number.isNaN(value)) sum += (columnA[i] ?? 0) * (columnB[i] ?? 0)
      }
      for (let i = 0; i < b; i++) sum -= (gram[a * k + i] ?? 0) * (gram[b * k + i] ?? 0)
      if (a !== b) gram[a * k + b] = sum / (gram[b * k + b] ?? 1)
      else if (sum > SINGULAR) gram[a * k + b] = Math.sqrt(sum)
      else return false
    }
  }
  for (let a = 0; a < k; a++) {
    let sum = right[a] ?? 0
    for (let i = 0; i < a; i++) sum -= (gram[a * k + i] ?? 0) * (right[i] ?? 0)
    right[a] = sum / (gram[a * k + a] ?? 1)
  }
  for (let a = k - 1; a >= 0; a--) {
    let sum = right[a] ?? 0
    for (let i = a + 1; i < k; i++) sum -= (gram[i * k + a] ?? 0) * (right[i] ?? 0)
    right[a] = sum / (gram[a * k + a] ?? 1)
  }
  return true
}

/** Powers 0 to `degree` of a position scaled to -1..1, which spans the same curves as the positions themselves and keeps the digits. */
export const powers = (positions: Float64Array, degree: number): readonly Float64Array[] => {
  const low = positions[0] ?? 0
  const high = positions.at(-1) ?? 1
  return Array.from({ length: degree + 1 }, (_, power) =>
    Float64Array.from(positions, (position) => ((2 * (position - low)) / (high - low) - 1) ** power),
  )
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
