import type { LinearMap } from './linear-map.js'
import { applyBands, applyFours, applyPairs, applyRuns, applySparse } from './map-loops.js'

/**
 * The map as a loop: y = bias + W x for different arrays `x` and `y`, without allocating. Rows go to the fastest loop that can take them:
 * that alone more than halves the time of a Savitzky-Golay filter.
 */
export const mapRunner = (map: LinearMap): ((x: Float64Array, y: Float64Array) => void) => {
  const { runs, kernels, fours, weights, pairs, pairColumns, pairWeights, rest } = planned(map)
  const bands = rest.every((row) => isBand(map, row))
  return (x, y) => {
    if (runs.length > 0) applyRuns(runs, kernels, map.bias, x, y)
    if (fours.length > 0) applyFours(fours, weights, map.bias, x, y)
    if (pairs.length > 0) applyPairs(pairs, pairColumns, pairWeights, map.bias, x, y)
    if (rest.length === 0) return
    if (bands) applyBands(rest, map.from, map.columns, map.weights, map.bias, x, y)
    else applySparse(rest, map.from, map.columns, map.weights, map.bias, x, y)
  }
}

/** What each loop of map-loops.ts is given; every row is in exactly one. */
interface Plan {
  readonly runs: Int32Array
  readonly kernels: Float64Array
  readonly fours: Int32Array
  readonly weights: Float64Array
  readonly pairs: Int32Array
  readonly pairColumns: Int32Array
  readonly pairWeights: Float64Array
  /** The rows that stand alone. */
  readonly rest: Int32Array
}

const planned = (map: LinearMap): Plan => {
  const runs: number[] = []
  const kernels: number[] = []
  const fours: number[] = []
  const weights: number[] = []
  const pairs: number[] = []
  const rest: number[] = []
  for (let row = 0; row < map.outputs; ) {
    const taps = tapCount(map, row)
    if (!isFour(map, row)) {
      ;(taps === 2 && isBand(map, row) ? pairs : rest).push(row++)
      continue
    }
    const shared = sharedRows(map, row)
    if (shared > 0) {
      runs.push(row, firstColumn(map, row), shared, taps, kernels.length)
      for (let k = 0; k < taps; k++) kernels.push(weightOf(map, row, k))
      row += shared
      continue
    }
    fours.push(row, firstColumn(map, row), taps)
    for (let k = 0; k < taps; k++) for (let r = 0; r < 4; r++) weights.push(weightOf(map, row + r, k))
    row += 4
  }
  return {
    runs: Int32Array.from(runs),
    kernels: Float64Array.from(kernels),
    fours: Int32Array.from(fours),
    weights: Float64Array.from(weights),
    pairs: Int32Array.from(pairs),
    pairColumns: Int32Array.from(pairs, (row) => firstColumn(map, row)),
    pairWeights: Float64Array.from(pairs.flatMap((row) => [weightOf(map, row, 0), weightOf(map, row, 1)])),
    rest: Int32Array.from(rest),
  }
}

const tapCount = (map: LinearMap, row: number): number => (map.from[row + 1] ?? 0) - (map.from[row] ?? 0)

const firstColumn = (map: LinearMap, row: number): number => map.columns[map.from[row] ?? 0] ?? 0

const weightOf = (map: LinearMap, row: number, tap: number): number => map.weights[(map.from[row] ?? 0) + tap] ?? 0

/** Columns that follow one another without a gap. */
const isBand = (map: LinearMap, row: number): boolean => {
  const from = map.from[row] ?? 0
  const to = map.from[row + 1] ?? 0
  return to === from || (map.columns[to - 1] ?? 0) - (map.columns[from] ?? 0) === to - 1 - from
}

/** Rows `row` to `row` + 3 have the same number of taps and step on by one channel each. */
const isFour = (map: LinearMap, row: number): boolean => {
  const taps = tapCount(map, row)
  if (row + 4 > map.outputs || taps === 0) return false
  const column = firstColumn(map, row)
  return [0, 1, 2, 3].every((r) => tapCount(map, row + r) === taps && firstColumn(map, row + r) === column + r && isBand(map, row + r))
}

/** How many rows from `row` on, in fours, are the same kernel moved on by one channel each. */
const sharedRows = (map: LinearMap, row: number): number => {
  const taps = tapCount(map, row)
  const column = firstColumn(map, row)
  const same = (other: number): boolean =>
    isFour(map, other) &&
    tapCount(map, other) === taps &&
    firstColumn(map, other) === column + other - row &&
    [0, 1, 2, 3].every((r) => Array.from({ length: taps }, (_, k) => k).every((k) => weightOf(map, other + r, k) === weightOf(map, row, k)))
  let rows = 0
  while (same(row + rows)) rows += 4
  return rows
}
