import { seededRandom } from '../../spectrum/random.js'

/** Redrawn sets of a bootstrap, and the seed of their drawing: the same data give the same interval. */
const REDRAWS = 1000
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
  const objects = new Map<string, { sum: number; count: number }>()
  values.forEach((value, n) => {
    const { sum, count } = objects.get(groups[n] ?? '') ?? { sum: 0, count: 0 }
    objects.set(groups[n] ?? '', { sum: sum + value, count: count + 1 })
  })
  const all = [...objects.values()]
  if (all.length < FEWEST_OBJECTS) return null
  const random = seededRandom(SEED)
  const means = Float64Array.from({ length: REDRAWS }, () => {
    let [sum, count] = [0, 0]
    for (let i = 0; i < all.length; i++) {
      const object = all[Math.floor(random.uniform() * all.length)]
      sum += object?.sum ?? 0
      count += object?.count ?? 0
    }
    return sum / count
  }).sort()
  return [means[Math.floor(0.025 * REDRAWS)] ?? 0, means[Math.ceil(0.975 * REDRAWS) - 1] ?? 0]
}
