import type { Targets } from '../contract.js'
import { addScaledAt } from './products.js'
import type { RowSpace } from './row-space.js'
import { type Totals, weightedSquares } from './scatter-sums.js'
import { classCounts, type Strata } from './strata.js'

/** All that PLS and Ridge need to know of a training part, and where PCA starts. Weighted as the targets' priors say; weights sum to 1. */
export interface Moments {
  readonly size: number
  readonly outputs: number
  /** Mean of the coordinates, and their covariance (divisor: the sum of the weights), [size][size]. */
  readonly mean: Float64Array
  readonly covariance: Float64Array
  /** Sum of the variances. */
  readonly variance: number
  /** Mean of each output (for classes their prior), and its covariance with the coordinates, [outputs][size]. */
  readonly targetMean: Float64Array
  readonly cross: Float64Array
}

/** @throws Failure DATA_INVALID on a class without training spectra. */
export const momentsOf = (space: RowSpace, targets: Targets, strata: Strata, totals: Totals | null, train: readonly number[]): Moments => {
  const { size, coordinates } = space
  const mean = new Float64Array(size)
  for (const row of train) addScaledAt(mean, 0, coordinates, row * size, size, strata.weight[strata.of[row] ?? -1] ?? 0)
  const covariance = weightedSquares(space, strata, train, totals)
  let variance = 0
  for (let a = 0; a < size; a++) {
    addScaledAt(covariance, a * size, mean, 0, size, -(mean[a] ?? 0))
    variance += Math.max(0, covariance[a * size + a] ?? 0)
  }
  const known = { size, mean, covariance, variance }
  return targets.kind === 'value'
    ? { ...known, ...valueCross(space, targets.values, mean, train) }
    : { ...known, ...classCross(space, targets, mean, train) }
}

const valueCross = ({ size, coordinates }: RowSpace, values: readonly number[], mean: Float64Array, train: readonly number[]) => {
  let targetMean = 0
  for (const row of train) targetMean += (values[row] ?? 0) / train.length
  const cross = new Float64Array(size)
  let rest = 0
  for (const row of train) {
    const own = ((values[row] ?? 0) - targetMean) / train.length
    rest += own
    addScaledAt(cross, 0, coordinates, row * size, size, own)
  }
  addScaledAt(cross, 0, mean, 0, size, -rest)
  return { outputs: 1, targetMean: Float64Array.of(targetMean), cross }
}

/** One-hot targets: the covariance with class c is its prior times how far its mean lies from the mean of all. */
const classCross = ({ size, coordinates }: RowSpace, targets: Extract<Targets, { kind: 'class' }>, mean: Float64Array, train: readonly number[]) => {
  const { sizes, priors } = classCounts(targets, train)
  const cross = new Float64Array(targets.classes * size)
  for (const row of train) {
    const own = targets.truth[row] ?? 0
    addScaledAt(cross, own * size, coordinates, row * size, size, (priors[own] ?? 0) / (sizes[own] ?? 1))
  }
  priors.forEach((prior, c) => {
    addScaledAt(cross, c * size, mean, 0, size, -prior)
  })
  return { outputs: targets.classes, targetMean: priors, cross }
}
