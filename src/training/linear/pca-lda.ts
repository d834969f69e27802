import { largestEigen } from './largest-eigen.js'
import type { Latent } from './latent.js'
import type { Moments } from './moments.js'

/** Principal components of a training part, at most `wanted`, the largest variance first; fewer where its rank is lower. */
export const principalComponents = ({ mean, covariance, size }: Moments, wanted: number): Latent => {
  const { values, vectors } = largestEigen(covariance, size, wanted)
  return { mean, directions: vectors, count: values.length }
}
