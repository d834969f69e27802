/**
 * y = bias + W x with few non-zero weights in each row (compressed sparse rows; mostly one contiguous band).
 * A tap counts even where its weight is 0: 0 * NaN is NaN, so a mask spreads to exactly the rows whose window covers it.
 * A row that no input can feed has no taps and bias NaN.
 */
export interface LinearMap {
  readonly inputs: number
  readonly outputs: number
  /** Taps of row i stand at `from[i]` to `from[i + 1]`, ascending by column. */
  readonly from: Int32Array
  readonly columns: Int32Array
  readonly weights: Float64Array
  readonly bias: Float64Array
}

/** One row by its taps `[column, weight]`; the same column twice adds up. */
export interface Row {
  readonly taps: readonly (readonly [column: number, weight: number])[]
  readonly bias?: number
}

/** Most taps of one map (8 MiB of weights); a fold that would need more is left unfolded. */
export const MAX_TAPS = 1_048_576

export const linearMap = (inputs: number, rows: readonly Row[]): LinearMap => {
  const merged = rows.map(({ taps }) => mergedTaps(taps))
  const from = new Int32Array(rows.length + 1)
  merged.forEach((taps, i) => {
    from[i + 1] = (from[i] ?? 0) + taps.length
  })
  const all = merged.flat()
  const columns = Int32Array.from(all, ([column]) => column)
  const weights = Float64Array.from(all, ([, weight]) => weight)
  const bias = Float64Array.from(rows, (row) => row.bias ?? 0)
  return { inputs, outputs: rows.length, from, columns, weights, bias }
}

/** `second` after `first` as one map. A row of `second` with any tap on a never-fed row of `first` is never fed itself. */
export const composed = (second: LinearMap, first: LinearMap): LinearMap => {
  const rows: Row[] = []
  for (let i = 0; i < second.outputs; i++) {
    let bias = second.bias[i] ?? 0
    const taps = new Map<number, number>()
    for (let k = second.from[i] ?? 0; k < (second.from[i + 1] ?? 0); k++) {
      const middle = second.columns[k] ?? 0
      const weight = second.weights[k] ?? 0
      bias += weight * (first.bias[middle] ?? 0)
      for (let j = first.from[middle] ?? 0; j < (first.from[middle + 1] ?? 0); j++) {
        const column = first.columns[j] ?? 0
        taps.set(column, (taps.get(column) ?? 0) + weight * (first.weights[j] ?? 0))
      }
    }
    rows.push({ taps: Number.isNaN(bias) ? [] : [...taps], bias })
  }
  return linearMap(first.inputs, rows)
}

/** An upper bound of the taps that `composed` would need. */
export const composedTaps = (second: LinearMap, first: LinearMap): number =>
  second.columns.reduce((sum, middle) => sum + (first.from[middle + 1] ?? 0) - (first.from[middle] ?? 0), 0)

const mergedTaps = (taps: Row['taps']): Row['taps'] => {
  const sums = new Map<number, number>()
  for (const [column, weight] of taps) sums.set(column, (sums.get(column) ?? 0) + weight)
  return [...sums].sort(([a], [b]) => a - b)
}
