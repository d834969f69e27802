import { addProducts, addScaledAt, mirrorLower } from './products.js'
import type { RowSpace } from './row-space.js'
import type { Strata } from './strata.js'

/** Numbers that the sums over all spectra may hold, 64 MiB; with more classes than fit, each training part is summed for itself. */
export const MAX_TOTAL_NUMBERS = 2 ** 23

/** Sums of z z' over all spectra of each stratum (lower triangles), from which a training part takes what it leaves out. */
export interface Totals {
  readonly strata: Int32Array
  readonly sums: readonly Float64Array[]
}

/** The totals, or null where they would take too much memory. */
export const totalsOf = (space: RowSpace, { count, of }: Strata): Totals | null => {
  const { size } = space
  if (count * size * size > MAX_TOTAL_NUMBERS) return null
  const sums = Array.from({ length: count }, (_, stratum) => {
    const sum = new Float64Array(size * size)
    const rows = [...of.keys()].filter((row) => of[row] === stratum)
    addSquares(sum, space, rows, () => 1)
    return sum
  })
  return { strata: of, sums }
}

/** Whether totals of other strata serve these too. */
export const sameStrata = (totals: Totals, { of }: Strata): boolean => totals.strata.every((stratum, row) => stratum === of[row])

/**
 * Sum over the training part of weight z z', [size][size]. `train` may name a spectrum more than once. Whichever touches fewer
 * spectra: what it holds, or the totals less what it leaves out.
 */
export const weightedSquares = (space: RowSpace, strata: Strata, train: readonly number[], totals: Totals | null): Float64Array => {
  const { size, count } = space
  const weightOf = (row: number): number => strata.weight[strata.of[row] ?? -1] ?? 0
  const times = new Int32Array(count)
  for (const row of train) times[row] = (times[row] ?? 0) + 1
  const all = [...times.keys()]
  const inside = all.filter((row) => times[row] !== 0)
  const changed = all.filter((row) => times[row] !== 1 && (strata.of[row] ?? -1) >= 0)
  const sum = new Float64Array(size * size)
  if (totals === null || inside.length <= changed.length) {
    addSquares(sum, space, inside, (row) => (times[row] ?? 0) * weightOf(row))
  } else {
    totals.sums.forEach((total, stratum) => {
      addScaledAt(sum, 0, total, 0, sum.length, strata.weight[stratum] ?? 0)
    })
    addSquares(sum, space, changed, (row) => ((times[row] ?? 0) - 1) * weightOf(row))
  }
  mirrorLower(sum, size)
  return sum
}

/** sum += factor z z' over the rows, lower triangle. */
const addSquares = (sum: Float64Array, { coordinates, size }: RowSpace, rows: readonly number[], factorOf: (row: number) => number): void => {
  const count = rows.length
  const plain = new Float64Array(size * count)
  const scaled = new Float64Array(size * count)
  rows.forEach((row, i) => {
    const factor = factorOf(row)
    for (let a = 0; a < size; a++) {
      const value = coordinates[row * size + a] ?? 0
      plain[a * count + i] = value
      scaled[a * count + i] = factor * value
    }
  })
  const block = (values: Float64Array) => ({ values, start: 0, stride: count, rows: size })
  addProducts({ values: sum, start: 0, stride: size, rows: size }, block(scaled), block(plain), count, 1, true)
}
