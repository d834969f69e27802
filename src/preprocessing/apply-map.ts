import type { LinearMap } from './linear-map.js'

/**
 * The map as a loop: y = bias + W x for different arrays `x` and `y`, without allocating. Rows whose windows step on by one channel, as
 * a convolution has them, are taken four at a time: each value is loaded once for four sums that do not wait for one another, which
 * more than halves the time of a Savitzky-Golay filter.
 */
export const mapRunner = (map: LinearMap): ((x: Float64Array, y: Float64Array) => void) => {
  const { fours, weights, rest } = planned(map)
  const bands = rest.every((row) => isBand(map, row))
  return (x, y) => {
    applyFours(fours, weights, map.bias, x, y)
    if (bands) applyBands(rest, map.from, map.columns, map.weights, map.bias, x, y)
    else applySparse(rest, map.from, map.columns, map.weights, map.bias, x, y)
  }
}

/** Numbers in one entry of `fours`: first row, its first column, taps of each row. */
const ENTRY = 3

interface Plan {
  readonly fours: Int32Array
  /** Of each four: tap 0 of its rows, tap 1 of its rows, and so on. */
  readonly weights: Float64Array
  /** The rows that stand alone. */
  readonly rest: Int32Array
}

const planned = (map: LinearMap): Plan => {
  const fours: number[] = []
  const weights: number[] = []
  const rest: number[] = []
  for (let row = 0; row < map.outputs; ) {
    if (!isFour(map, row)) {
      rest.push(row++)
      continue
    }
    const from = map.from[row] ?? 0
    const taps = tapCount(map, row)
    fours.push(row, map.columns[from] ?? 0, taps)
    for (let k = 0; k < taps; k++) for (let r = 0; r < 4; r++) weights.push(map.weights[from + r * taps + k] ?? 0)
    row += 4
  }
  return { fours: Int32Array.from(fours), weights: Float64Array.from(weights), rest: Int32Array.from(rest) }
}

const tapCount = (map: LinearMap, row: number): number => (map.from[row + 1] ?? 0) - (map.from[row] ?? 0)

/** Columns that follow one another without a gap. */
const isBand = (map: LinearMap, row: number): boolean => {
  const from = map.from[row] ?? 0
  const to = map.from[row + 1] ?? 0
  return to === from || (map.columns[to - 1] ?? 0) - (map.columns[from] ?? 0) === to - 1 - from
}

const isFour = (map: LinearMap, row: number): boolean => {
  const taps = tapCount(map, row)
  if (row + 4 > map.outputs || taps === 0) return false
  const column = map.columns[map.from[row] ?? 0] ?? 0
  return [0, 1, 2, 3].every((r) => tapCount(map, row + r) === taps && map.columns[map.from[row + r] ?? 0] === column + r && isBand(map, row + r))
}

const applyFours = (fours: Int32Array, weights: Float64Array, bias: Float64Array, x: Float64Array, y: Float64Array) => {
  for (let f = 0, k = 0; f < fours.length; f += ENTRY) {
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

const applyBands = (
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

const applySparse = (
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
