/** Below this part of its diagonal a pivot says that the matrix is not positive definite, or so nearly not that digits are lost. */
const SINGULAR = 1e-9

/**
 * Inverse of the symmetric Toeplitz matrix whose first row is 1, r_1, r_2 ..., in n^2 steps: Durbin's recursion, then Trench's
 * (Golub, Van Loan, Matrix Computations, 3rd edition, algorithms 4.7.1 and 4.7.3).
 * @param row first row, n numbers, the first one 1
 * @returns n x n, row-wise; null where the matrix is not positive definite
 */
export const toeplitzInverse = (row: Float64Array): Float64Array | null => {
  const n = row.length
  const y = yuleWalker(row)
  if (!y) return null
  let product = 1
  for (let i = 0; i < n - 1; i++) product += (row[i + 1] ?? 0) * (y[i] ?? 0)
  if (!(product > SINGULAR)) return null
  const gamma = 1 / product
  const inverse = new Float64Array(n * n)
  inverse[0] = gamma
  for (let j = 1; j < n; j++) inverse[j] = gamma * (y[j - 1] ?? 0)
  for (let i = 1; i < n; i++) {
    for (let j = i; j < n; j++) {
      const up = inverse[(i - 1) * n + j - 1] ?? 0
      // In v, which is y read backwards times gamma.
      const step = gamma * ((y[j - 1] ?? 0) * (y[i - 1] ?? 0) - (y[n - 1 - i] ?? 0) * (y[n - 1 - j] ?? 0))
      inverse[i * n + j] = up + step
    }
  }
  for (let i = 1; i < n; i++) for (let j = 0; j < i; j++) inverse[i * n + j] = inverse[j * n + i] ?? 0
  return inverse
}

/** Solution of T y = -(r_1 .. r_(n-1)) with T the leading part of the matrix; null where a pivot vanishes. */
const yuleWalker = (row: Float64Array): Float64Array | null => {
  const y = new Float64Array(row.length - 1)
  const before = new Float64Array(row.length - 1)
  let alpha = -(row[1] ?? 0)
  let beta = 1
  y[0] = alpha
  for (let k = 1; k < y.length; k++) {
    beta *= 1 - alpha * alpha
    if (!(beta > SINGULAR)) return null
    let sum = row[k + 1] ?? 0
    for (let i = 0; i < k; i++) sum += (row[k - i] ?? 0) * (y[i] ?? 0)
    alpha = -sum / beta
    before.set(y)
    for (let i = 0; i < k; i++) y[i] = (before[i] ?? 0) + alpha * (before[k - 1 - i] ?? 0)
    y[k] = alpha
  }
  return y
}
