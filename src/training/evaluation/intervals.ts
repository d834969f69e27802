import { seededRandom } from '../../spectrum/random.js'
import { bootstrapped } from '../figures/bootstrap.js'

/** Seed of the redrawing: the same data give the same interval. */
const SEED = 1

/** Objects below which nothing is said of an interval: redrawing so few says more of them than of the model. */
const FEWEST_OBJECTS = 8

/**
 * 95 % percentile interval of a mean by a bootstrap over objects (Efron, Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3): whole objects
 * are redrawn, for the spectra of one are no news of each other.
 * @param values one a spectrum: 1 or 0 for a share, squares for a mean square
 * @param groups the object of each spectrum
 * @returns null where there are fewer than 8 objects
 */
export const meanInterval = (values: readonly number[], groups: readonly string[]): readonly [number, number] | null => {
  if (new Set(groups).size < FEWEST_OBJECTS) return null
  const mean = (weights: Float64Array) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return [values.reduce((sum, value, n) => sum + value * (weights[n] ?? 0), 0) / total]
  }
  return bootstrapped(groups, null, mean, seededRandom(SEED))[0]?.interval ?? null
}
