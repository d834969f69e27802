import { distances, fitPcaBy } from '../pca.js'

/**
 * T2 and Q of each row under a model of `k` components that has not seen the row's fold. `folds[n]` is the fold of row n; all rows of one object must
 * share it. In-sample values would be far too small where there are more channels than spectra.
 */
export const outOfFold = (
  rows: readonly Float64Array[],
  folds: readonly number[],
  k: number,
): { readonly t2: Float64Array; readonly q: Float64Array } => {
  const t2 = new Float64Array(rows.length)
  const q = new Float64Array(rows.length)
  for (const fold of new Set(folds)) {
    const outside = rows.filter((_, n) => folds[n] !== fold)
    const model = fitPcaBy(outside, () => k)
    rows.forEach((row, n) => {
      if (folds[n] !== fold) return
      const seen = distances(model, row)
      t2[n] = seen.t2
      q[n] = seen.q
    })
  }
  return { t2, q }
}
