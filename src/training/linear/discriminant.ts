import { cholesky, choleskySolve } from './cholesky.js'
import type { Head } from './latent.js'
import { addProducts, addScaledAt, type Block, dotAt, mirrorLower } from './products.js'
import type { ClassCounts } from './strata.js'

/** A class that varies less than this share of all along a score is taken to vary so much: copies of one spectrum are not certainty. */
const LEAST_WITHIN = 1e-8

/**
 * Linear discriminants on the first k of nested scores, one head for each k of `sizes`: the log posterior of normal classes of one
 * covariance, up to what all classes share (Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd ed., 4.3), so they
 * are logits. The covariance is pooled within the classes (divisor: spectra less classes), as correlations shrunk towards the identity by
 * the share of Ledoit and Wolf (J. Multivar. Anal. 88:365, 2004). `truth` is the class of each row of `scores`.
 */
export const discriminants = (scores: Block, truth: Int32Array, { sizes: spectra, priors }: ClassCounts, sizes: readonly number[]): Head[] => {
  const width = scores.stride
  const means = classMeans(scores, truth, spectra)
  const spread = new Float64Array(width)
  for (let i = 0; i < scores.rows; i++)
    for (let a = 0; a < width; a++) spread[a] = (spread[a] ?? 0) + (scores.values[i * width + a] ?? 0) ** 2 / scores.rows
  const within = withinScores(scores, truth, means)
  const scatter = scatterOf(within)
  const freedom = Math.max(1, scores.rows - spectra.length)
  const scale = spread.map((all, a) => Math.sqrt(Math.max((scatter[a * width + a] ?? 0) / freedom, LEAST_WITHIN * all)))
  const correlation = scatter.map((value, at) => value / (freedom * (scale[Math.floor(at / width)] ?? 1) * (scale[at % width] ?? 1)))
  const shrinkage = shrinkages(within, scale, correlation, freedom)
  return sizes.map((size) => headOf(size, width, { means, scale, correlation, share: shrinkage[size - 1] ?? 1, priors }))
}

interface Parts {
  readonly means: Float64Array
  readonly scale: Float64Array
  readonly correlation: Float64Array
  readonly share: number
  readonly priors: Float64Array
}

const headOf = (size: number, width: number, { means, scale, correlation, share, priors }: Parts): Head => {
  const matrix = new Float64Array(size * size)
  for (let a = 0; a < size; a++)
    for (let b = 0; b < size; b++) matrix[a * size + b] = (1 - share) * (correlation[a * width + b] ?? 0) + (a === b ? share : 0)
  // Positive definite by its share of the identity; where rounding took that away, the scores count as uncorrelated.
  const sound = cholesky(matrix, size)
  const weights = new Float64Array(priors.length * size)
  priors.forEach((_, c) => {
    for (let a = 0; a < size; a++) weights[c * size + a] = (means[c * width + a] ?? 0) / (scale[a] ?? 1)
  })
  if (sound) choleskySolve(matrix, size, weights)
  for (let at = 0; at < weights.length; at++) weights[at] = (weights[at] ?? 0) / (scale[at % size] ?? 1)
  const bias = priors.map((prior, c) => Math.log(prior) - dotAt(weights, c * size, means, c * width, size) / 2)
  return { size, weights, bias }
}

const classMeans = ({ values, stride, rows }: Block, truth: Int32Array, spectra: Float64Array): Float64Array => {
  const means = new Float64Array(spectra.length * stride)
  for (let i = 0; i < rows; i++) {
    const own = truth[i] ?? 0
    addScaledAt(means, own * stride, values, i * stride, stride, 1 / (spectra[own] ?? 1))
  }
  return means
}

const withinScores = ({ values, stride, rows }: Block, truth: Int32Array, means: Float64Array): Block => {
  const within = values.slice()
  for (let i = 0; i < rows; i++) addScaledAt(within, i * stride, means, (truth[i] ?? 0) * stride, stride, -1)
  return { values: within, start: 0, stride, rows }
}

const scatterOf = ({ values, stride, rows }: Block): Float64Array => {
  const byScore = new Float64Array(values.length)
  for (let i = 0; i < rows; i++) for (let a = 0; a < stride; a++) byScore[a * rows + i] = values[i * stride + a] ?? 0
  const block: Block = { values: byScore, start: 0, stride: rows, rows: stride }
  const scatter = new Float64Array(stride * stride)
  addProducts({ values: scatter, start: 0, stride, rows: stride }, block, block, rows, 1, true)
  mirrorLower(scatter, stride)
  return scatter
}

/**
 * Ledoit and Wolf's share for the first 1, 2, ... scores. The error of a mean M of products rr' of n rows is
 * (mean |r|^4 - |M|^2) / n; the correlations R = M n / `freedom` lie |R - I|^2 from the identity.
 */
const shrinkages = ({ values, stride, rows }: Block, scale: Float64Array, correlation: Float64Array, freedom: number): Float64Array => {
  const lengths = new Float64Array(rows)
  let square = 0
  let distance = 0
  return scale.map((own, a) => {
    let fourth = 0
    for (let i = 0; i < rows; i++) {
      const length = (lengths[i] ?? 0) + ((values[i * stride + a] ?? 0) / own) ** 2
      lengths[i] = length
      fourth += length * length
    }
    for (let b = 0; b <= a; b++) {
      const value = correlation[a * stride + b] ?? 0
      square += (a === b ? 1 : 2) * value * value
      distance += a === b ? (value - 1) ** 2 : 2 * value * value
    }
    const error = Math.max(0, fourth / rows - square * (freedom / rows) ** 2) / rows
    return error >= distance ? 1 : error / distance
  })
}
