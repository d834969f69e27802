import { Failure } from '../failures.js'
import { dot, meanOf } from './pca.js'

/** A linear model of one value: `intercept + coefficients . row`. */
export interface Linear {
  readonly coefficients: Float64Array
  readonly intercept: number
}

/**
 * PLS1 by NIPALS on mean-centred, unscaled rows (H. Wold 1975; Wold, Sjostrom, Eriksson, Chemom. Intell. Lab. Syst. 58:109, 2001).
 * Returns one model for each number of components from 1 to `components`.
 * @throws Failure DATA_INVALID if the rows hold fewer directions than that.
 */
export const fitPls = (rows: readonly Float64Array[], targets: ArrayLike<number>, components: number): Linear[] => {
  const channels = rows[0]?.length ?? 0
  const mean = meanOf(rows, channels)
  const targetMean = Array.from(targets).reduce((sum, value) => sum + value / targets.length, 0)
  const x = rows.map((row) => row.map((value, i) => value - (mean[i] ?? 0)))
  const y = Float64Array.from(targets, (value) => value - targetMean)
  const total = Math.sqrt(dot(y, y))
  // The weights that act on the rows as they were before any deflation: r = w minus what earlier components took.
  const direct: Float64Array[] = []
  const loadings: Float64Array[] = []
  const coefficients = new Float64Array(channels)
  const models: Linear[] = []
  for (let a = 0; a < components; a++) {
    const weight = weighted(x, y, channels)
    const length = Math.sqrt(dot(weight, weight))
    if (!(length > 1e-12 * total)) throw tooMany(a, components)
    const w = weight.map((value) => value / length)
    const scores = Float64Array.from(x, (row) => dot(row, w))
    const tt = dot(scores, scores)
    const p = weighted(x, scores, channels).map((value) => value / tt)
    const q = dot(scores, y) / tt
    x.forEach((row, n) => {
      subtract(row, p, scores[n] ?? 0)
    })
    subtract(y, scores, q)
    const r = w.slice()
    direct.forEach((earlier, b) => {
      subtract(r, earlier, dot(loadings[b] ?? earlier, w))
    })
    direct.push(r)
    loadings.push(p)
    subtract(coefficients, r, -q)
    models.push({ coefficients: coefficients.slice(), intercept: targetMean - dot(mean, coefficients) })
  }
  return models
}

export const predictLinear = ({ coefficients, intercept }: Linear, row: Float64Array): number => intercept + dot(coefficients, row)

/**
 * Number of components with the smallest root mean square error of cross-validation, and that error in units of the target.
 * `folds[n]` is the fold of row n: rows of one object must share it.
 */
export const choosePls = (
  rows: readonly Float64Array[],
  targets: ArrayLike<number>,
  folds: readonly number[],
  components: number,
): { components: number; rmsecv: number } => {
  const squares = new Float64Array(components)
  for (const fold of new Set(folds)) {
    const inside = rows.flatMap((_, n) => (folds[n] === fold ? [] : [n]))
    const models = fitPls(
      inside.flatMap((n) => rows[n] ?? []),
      inside.map((n) => targets[n] ?? Number.NaN),
      components,
    )
    rows.forEach((row, n) => {
      if (folds[n] !== fold) return
      models.forEach((model, a) => {
        squares[a] = (squares[a] ?? 0) + (predictLinear(model, row) - (targets[n] ?? Number.NaN)) ** 2
      })
    })
  }
  const best = squares.indexOf(Math.min(...squares))
  return { components: best + 1, rmsecv: Math.sqrt((squares[best] ?? Number.NaN) / rows.length) }
}

const weighted = (rows: readonly Float64Array[], weights: Float64Array, channels: number): Float64Array => {
  const sum = new Float64Array(channels)
  rows.forEach((row, n) => {
    subtract(sum, row, -(weights[n] ?? 0))
  })
  return sum
}

/** target -= factor * row, in place. */
const subtract = (target: Float64Array, row: Float64Array, factor: number) => {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) - factor * (row[i] ?? 0)
}

const tooMany = (got: number, wanted: number): Failure =>
  new Failure('DATA_INVALID', {
    seen: `spectra with ${got} directions that tell about the target`,
    allowed: `at least ${wanted}, or fewer components`,
  })
