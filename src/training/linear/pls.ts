import { largestEigen } from './largest-eigen.js'
import type { Head, Latent } from './latent.js'
import type { Moments } from './moments.js'
import { addProducts, addScaledAt, blockOf, dotAt, timesVector } from './products.js'

/** Components of PLS: `loadings` are those of the outputs, [components][outputs]. */
export interface PlsComponents extends Latent {
  readonly loadings: Float64Array
}

/** A component whose covariance with the outputs is below this share of the first's, or its variance below this of all, is rounding. */
const NO_COVARIANCE = 1e-10
const NO_VARIANCE = 1e-13

/**
 * PLS2 (PLS1 with one output) on covariances alone, at most `wanted` components, each r acting on the centred spectra as they are
 * (Dayal and MacGregor, J. Chemom. 11:73, 1997, algorithm 2; the same components as NIPALS). Fewer where the training part holds fewer
 * directions that tell about the outputs.
 */
export const plsComponents = ({ size, outputs, mean, covariance, variance, cross: given }: Moments, wanted: number): PlsComponents => {
  const cross = given.slice()
  const directions = new Float64Array(wanted * size)
  const spectral = new Float64Array(wanted * size)
  const loadings = new Float64Array(wanted * outputs)
  let first = 0
  let count = 0
  for (; count < wanted; count++) {
    const weight = strongest(cross, size, outputs)
    const length = Math.sqrt(dotAt(weight, 0, weight, 0, size))
    if (count === 0) first = length
    if (!(length > NO_COVARIANCE * first)) break
    const unit = weight.map((value) => value / length)
    const direct = unit.slice()
    for (let b = 0; b < count; b++) addScaledAt(direct, 0, directions, b * size, size, -dotAt(spectral, b * size, unit, 0, size))
    const image = timesVector(covariance, direct)
    const own = dotAt(direct, 0, image, 0, size)
    if (!(own > NO_VARIANCE * variance * dotAt(direct, 0, direct, 0, size))) break
    directions.set(direct, count * size)
    addScaledAt(spectral, count * size, image, 0, size, 1 / own)
    for (let o = 0; o < outputs; o++) {
      const loading = dotAt(direct, 0, cross, o * size, size) / own
      loadings[count * outputs + o] = loading
      addScaledAt(cross, o * size, image, 0, size, -loading)
    }
  }
  return { mean, directions: directions.slice(0, count * size), count, loadings: loadings.slice(0, count * outputs) }
}

/** Regression on the first 1, 2, ... components. */
export const plsRegression = ({ count, loadings }: PlsComponents, { outputs, targetMean }: Moments): Head[] =>
  Array.from({ length: count }, (_, a) => {
    const size = a + 1
    const weights = Float64Array.from({ length: outputs * size }, (_, at) => loadings[(at % size) * outputs + Math.floor(at / size)] ?? 0)
    return { size, weights, bias: targetMean }
  })

/** The sum of the rows of `cross`, weighted so that it is longest: its dominant right singular vector, times the singular value. */
const strongest = (cross: Float64Array, size: number, outputs: number): Float64Array => {
  if (outputs === 1) return cross
  const gram = new Float64Array(outputs * outputs)
  const rows = blockOf(cross, size)
  addProducts(blockOf(gram, outputs), rows, rows, size, 1)
  const { vectors } = largestEigen(gram, outputs, 1)
  const sum = new Float64Array(size)
  vectors.forEach((value, o) => {
    addScaledAt(sum, 0, cross, o * size, size, value)
  })
  return sum
}
