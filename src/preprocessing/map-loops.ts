/**
 * The loops of `mapRunner`: y = bias + W x for the rows that each is given. Four sums side by side, where rows step on by one channel:
 * each value is loaded once for all of them, and none waits for another. They allocate nothing.
 */

/** Numbers of a stretch in `runs`: first row, its first column, rows (a multiple of 4), taps of each, where its kernel starts. */
export const RUN = 5
/** Numbers of a stretch in `fours`: first row, its first column, taps of each row. */
export const FOUR = 3

/** Stretches of rows that share one kernel, as a convolution has them: the kernel stays in the nearest cache, and is loaded once for four. */
export const applyRuns = (runs: Int32Array, kernels: Float64Array, bias: Float64Array, x: Float64Array, y: Float64Array) => {
  for (let r = 0; r < runs.length; r += RUN) {
    const end = (runs[r] ?? 0) + (runs[r + 2] ?? 0)
    const from = runs[r + 4] ?? 0
    const to = from + (runs[r + 3] ?? 0)
    for (let row = runs[r] ?? 0, first = runs[r + 1] ?? 0; row < end; row += 4, first += 4) {
      let sum0 = bias[row] ?? 0
      let sum1 = bias[row + 1] ?? 0
      let sum2 = bias[row + 2] ?? 0
      let sum3 = bias[row + 3] ?? 0
      let x0 = x[first] ?? 0
      let x1 = x[first + 1] ?? 0
      let x2 = x[first + 2] ?? 0
      for (let k = from, column = first + 3; k < to; k++, column++) {
        const weight = kernels[k] ?? 0
        const x3 = x[column] ?? 0
        sum0 += weight * x0
        sum1 += weight * x1
        sum2 += weight * x2
        sum3 += weight * x3
        x0 = x1
        x1 = x2
        x2 = x3
      }
      y[row] = sum0
      y[row + 1] = sum1
      y[row + 2] = sum2
      y[row + 3] = sum3
    }
  }
}

/** Rows of two neighbouring taps, as linear interpolation has them. `weights`: two for each. */
export const applyPairs = (rows: Int32Array, columns: Int32Array, weights: Float64Array, bias: Float64Array, x: Float64Array, y: Float64Array) => {
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r] ?? 0
    const column = columns[r] ?? 0
    y[row] = (bias[row] ?? 0) + (weights[2 * r] ?? 0) * (x[column] ?? 0) + (weights[2 * r + 1] ?? 0) * (x[column + 1] ?? 0)
  }
}

/** Stretches of four rows with weights of their own, numbers by `FOUR`; `weights` hold tap 0 of the four, tap 1 of the four, and so on. */
export const applyFours = (fours: Int32Array, weights: Float64Array, bias: Float64Array, x: Float64Array, y: Float64Array) => {
  for (let f = 0, k = 0; f < fours.length; f += FOUR) {
    const row = fours[f] ?? 0
    let column = fours[f + 1] ?? 0
    let sum0 = bias[row] ?? 0
    let sum1 = bias[row + 1] ?? 0
    let sum2 = bias[row + 2] ?? 0
    let sum3 = bias[row + 3] ?? 0
    let x0 = x[column] ?? 0
    let x1 = x[column + 1] ?? 0
    let x2 = x[column + 2] ?? 0
    const end = k + 4 * (fours[f + 2] ?? 0)
    for (column += 3; k < end; k += 4, column++) {
      const x3 = x[column] ?? 0
      sum0 += (weights[k] ?? 0) * x0
      sum1 += (weights[k + 1] ?? 0) * x1
      sum2 += (weights[k + 2] ?? 0) * x2
      sum3 += (weights[k + 3] ?? 0) * x3
      x0 = x1
      x1 = x2
      x2 = x3
    }
    y[row] = sum0
    y[row + 1] = sum1
    y[row + 2] = sum2
    y[row + 3] = sum3
  }
}

/** Rows without gaps, one by one. */
export const applyBands = (
  rows: Int32Array,
  from: Int32Array,
  columns: Int32Array,
  weights: Float64Array,
  bias: Float64Array,
  x: Float64Array,
  y: Float64Array,
) => {
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r] ?? 0
    let k = from[row] ?? 0
    const end = from[row + 1] ?? 0
    let column = k < end ? (columns[k] ?? 0) : 0
    let even = bias[row] ?? 0
    let odd = 0
    for (; k + 1 < end; k += 2, column += 2) {
      even += (weights[k] ?? 0) * (x[column] ?? 0)
      odd += (weights[k + 1] ?? 0) * (x[column + 1] ?? 0)
    }
    if (k < end) even += (weights[k] ?? 0) * (x[column] ?? 0)
    y[row] = even + odd
  }
}

/** Any rows, one by one. */
export const applySparse = (
  rows: Int32Array,
  from: Int32Array,
  columns: Int32Array,
  weights: Float64Array,
  bias: Float64Array,
  x: Float64Array,
  y: Float64Array,
) => {
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r] ?? 0
    const end = from[row + 1] ?? 0
    let sum = bias[row] ?? 0
    for (let k = from[row] ?? 0; k < end; k++) sum += (weights[k] ?? 0) * (x[columns[k] ?? 0] ?? 0)
    y[row] = sum
  }
}
