import { addProducts, type Block, dotAt } from './products.js'

/** Columns that are finished together before the rest of the matrix is touched. */
const PANEL = 32

/**
 * A = L L' of a symmetric positive definite matrix, in place: L in the lower triangle, nothing of use in the upper one.
 * Left-looking in panels (Golub and Van Loan, Matrix Computations, 4th ed., 4.2.9). False where a pivot is not positive; the
 * matrix then holds nothing of use.
 */
export const cholesky = (matrix: Float64Array, size: number): boolean => {
  const block = (row: number, column: number, rows: number): Block => ({ values: matrix, start: row * size + column, stride: size, rows })
  for (let from = 0; from < size; from += PANEL) {
    const to = Math.min(from + PANEL, size)
    addProducts(block(from, from, size - from), block(from, 0, size - from), block(from, 0, to - from), from, -1)
    for (let j = from; j < to; j++) {
      const pivot = (matrix[j * size + j] ?? 0) - dotAt(matrix, j * size + from, matrix, j * size + from, j - from)
      if (!(pivot > 0)) return false
      const root = Math.sqrt(pivot)
      matrix[j * size + j] = root
      for (let i = j + 1; i < size; i++) {
        const rest = (matrix[i * size + j] ?? 0) - dotAt(matrix, i * size + from, matrix, j * size + from, j - from)
        matrix[i * size + j] = rest / root
      }
    }
  }
  return true
}

/** Solves L L' x = b for each of the rows of `sides`, in place; rows are `size` long. */
export const choleskySolve = (factor: Float64Array, size: number, sides: Float64Array): void => {
  for (let from = 0; from < sides.length; from += size) {
    for (let i = 0; i < size; i++) sides[from + i] = ((sides[from + i] ?? 0) - dotAt(factor, i * size, sides, from, i)) / (factor[i * size + i] ?? 0)
    for (let i = size - 1; i >= 0; i--) {
      const value = (sides[from + i] ?? 0) / (factor[i * size + i] ?? 0)
      sides[from + i] = value
      for (let k = 0; k < i; k++) sides[from + k] = (sides[from + k] ?? 0) - value * (factor[i * size + k] ?? 0)
    }
  }
}
