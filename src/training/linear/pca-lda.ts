import type { Targets } from '../contract.js'
import { discriminants } from './discriminant.js'
import { largestEigen } from './largest-eigen.js'
import { type Head, type Latent, scoresOf } from './latent.js'
import type { Moments } from './moments.js'
import type { RowSpace } from './row-space.js'
import { classCounts } from './strata.js'

/** Principal components of a training part, at most `wanted`, the largest variance first; fewer where its rank is lower. */
export const principalComponents = ({ mean, covariance, size }: Moments, wanted: number): Latent => {
  const { values, vectors } = largestEigen(covariance, size, wanted)
  return { mean, directions: vectors, count: values.length }
}

/** LDA on scores of any kind (principal, PLS): on as many as there are, up to each number of the grid. */
export const discriminantsOn = (
  space: RowSpace,
  latent: Latent,
  targets: Extract<Targets, { kind: 'class' }>,
  train: readonly number[],
  grid: readonly number[],
): readonly Head[] => {
  const sizes = [...new Set(grid.map((size) => Math.min(size, latent.count)))]
  if (latent.count === 0) return []
  const truth = Int32Array.from(train, (row) => targets.truth[row] ?? 0)
  return discriminants(scoresOf(space, latent, train), truth, classCounts(targets, train), sizes)
}
