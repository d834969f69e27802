import { Failure } from '../failures.js'
import type { GateSpec } from '../models/manifest.js'
import { distances, fitPca } from './pca.js'

/**
 * T2 and Q of each row under a model that has not seen the row's fold. `folds[n]` is the fold of row n; all rows of one object
 * must share it. In-sample values would be far too small where there are more channels than spectra.
 */
export const outOfFold = (rows: readonly Float64Array[], folds: readonly number[], k: number): { t2: Float64Array; q: Float64Array } => {
  const t2 = new Float64Array(rows.length)
  const q = new Float64Array(rows.length)
  for (const fold of new Set(folds)) {
    const model = fitPca(
      rows.filter((_, n) => folds[n] !== fold),
      k,
    )
    rows.forEach((row, n) => {
      if (folds[n] !== fold) return
      const seen = distances(model, row)
      t2[n] = seen.t2
      q[n] = seen.q
    })
  }
  return { t2, q }
}

/**
 * The ceil((n+1) * quantile)-th smallest of n values: a further value of the same kind lies above it with probability 1 - quantile
 * at most.
 * @throws Failure DATA_INVALID if n is too small for that rank.
 */
export const upperQuantile = (values: Float64Array, quantile: number): number => {
  const rank = Math.ceil((values.length + 1) * quantile)
  const value = Float64Array.from(values).sort()[rank - 1]
  if (value !== undefined) return value
  const needed = Math.ceil(quantile / (1 - quantile))
  throw new Failure('DATA_INVALID', {
    where: 'gate',
    seen: `${values.length} values`,
    allowed: `at least ${needed} for a limit at ${quantile}`,
    cure: 'give more spectra, or a larger alpha in the recipe',
  })
}

export interface GateFit {
  readonly rows: readonly Float64Array[]
  readonly folds: readonly number[]
  /** Physical objects behind the rows. */
  readonly objects: number
  /** For each scalar that the chain notes, its value for each row. */
  readonly scalars: Readonly<Record<string, readonly number[]>>
  readonly k: number
  readonly alpha: number
  /** By how much the range of each scalar is widened at either end, as a share of its width. */
  readonly margin: number
}

/** The gate of a bundle: one PCA of all rows, its limits from the out-of-fold values, and a range for each scalar. */
export const fitGate = ({ rows, folds, objects, scalars, k, alpha, margin }: GateFit): GateSpec => {
  const model = fitPca(rows, k)
  const { t2, q } = outOfFold(rows, folds, k)
  return {
    method: 'out-of-fold',
    alpha,
    objects,
    k,
    mean: [...model.mean],
    loadings: model.loadings.map((loading) => [...loading]),
    eigenvalues: [...model.variances],
    scalars: Object.fromEntries(Object.entries(scalars).map(([name, values]) => [name, rangeOf(values, alpha, margin)])),
    limits: { t2: upperQuantile(t2, 1 - alpha), q: upperQuantile(q, 1 - alpha) },
  }
}

const rangeOf = (values: readonly number[], alpha: number, margin: number): [number, number] => {
  const high = upperQuantile(Float64Array.from(values), 1 - alpha)
  const low = -upperQuantile(
    Float64Array.from(values, (value) => -value),
    1 - alpha,
  )
  return [low - margin * (high - low), high + margin * (high - low)]
}
