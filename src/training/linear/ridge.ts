import type { Affine } from '../contract.js'
import { cholesky, choleskySolve } from './cholesky.js'
import { answersOf, type Fit } from './latent.js'
import type { Moments } from './moments.js'
import { dotAt } from './products.js'
import { gather, type RowSpace } from './row-space.js'

/**
 * Ridge regression (Hoerl and Kennard, Technometrics 12:55, 1970) of every output, one model a penalty: (S + penalty v I) w = c with the
 * covariance S of the training part, its sum of variances v and the covariance c with the output. Penalties are thus free of the unit.
 */
export const ridgeFit = (space: RowSpace, moments: Moments, penalties: readonly number[]): Fit => {
  const { size, outputs, mean, targetMean } = moments
  const weightsOf = (penalty: number): Float64Array => ridgeWeights(moments, penalty)
  return {
    answers(test) {
      const rows = gather(space, test, mean)
      return penalties.map((penalty) => answersOf(rows, { size, weights: weightsOf(penalty), bias: targetMean }))
    },
    model(setting): Affine | undefined {
      const penalty = penalties[setting]
      if (penalty === undefined) return undefined
      const weights = weightsOf(penalty)
      return { outputs, weights, bias: targetMean.map((value, o) => value - dotAt(weights, o * size, mean, 0, size)) }
    },
  }
}

const ridgeWeights = ({ size, covariance, variance, cross }: Moments, penalty: number): Float64Array => {
  const matrix = covariance.slice()
  for (let a = 0; a < size; a++) matrix[a * size + a] = (matrix[a * size + a] ?? 0) + penalty * variance
  // Not positive definite only where nothing varies: then nothing can be learnt.
  if (!cholesky(matrix, size)) return new Float64Array(cross.length)
  const weights = cross.slice()
  choleskySolve(matrix, size, weights)
  return weights
}
