import { cholesky, choleskySolve } from './cholesky.js'
import { answersOf, type Fit, type Head } from './latent.js'
import type { Moments } from './moments.js'
import { addScaledAt, dotAt } from './products.js'
import { gather, type RowSpace } from './row-space.js'

/**
 * Linear models of all coordinates under a penalty, one a penalty, each a share of the sum of variances and thus free of the unit.
 * A value: ridge regression (Hoerl and Kennard, Technometrics 12:55, 1970). Classes: LDA whose covariance within the classes carries the
 * same penalty (Hastie, Buja, Tibshirani, Ann. Stat. 23:73, 1995), which for two classes is ridge regression of 0 and 1 but for
 * scale, and for more does not let one class hide between others; its scores are logits.
 */
export const ridgeFit = (space: RowSpace, moments: Moments, task: 'class' | 'value', penalties: readonly number[]): Fit => {
  const { size, mean } = moments
  const problem = task === 'class' ? discriminantProblem(moments) : { matrix: moments.covariance, sides: moments.cross, priors: null }
  return {
    answers(test) {
      const rows = gather(space, test, mean)
      return penalties.map((penalty) => answersOf(rows, solved(moments, problem, penalty)))
    },
    model(setting) {
      const penalty = penalties[setting]
      if (penalty === undefined) return undefined
      const { weights, bias } = solved(moments, problem, penalty)
      return { outputs: bias.length, weights, bias: bias.map((value, o) => value - dotAt(weights, o * size, mean, 0, size)) }
    },
  }
}

/** (matrix + penalty) w = side for each of the `sides`, [outputs][size]. Of discriminants the sides are class means about the mean. */
interface Problem {
  readonly matrix: Float64Array
  readonly sides: Float64Array
  /** Null for a value. */
  readonly priors: Float64Array | null
}

const discriminantProblem = ({ size, covariance, cross, targetMean: priors }: Moments): Problem => {
  const matrix = covariance.slice()
  const sides = cross.map((value, at) => value / (priors[Math.floor(at / size)] ?? 1))
  priors.forEach((_, c) => {
    for (let a = 0; a < size; a++) addScaledAt(matrix, a * size, sides, c * size, size, -(cross[c * size + a] ?? 0))
  })
  return { matrix, sides, priors }
}

const solved = ({ size, variance, targetMean }: Moments, { matrix, sides, priors }: Problem, penalty: number): Head => {
  const penalised = matrix.slice()
  for (let a = 0; a < size; a++) penalised[a * size + a] = (penalised[a * size + a] ?? 0) + penalty * variance
  const weights = sides.slice()
  // Not positive definite only where nothing varies: then nothing can be learnt.
  if (cholesky(penalised, size)) choleskySolve(penalised, size, weights)
  else weights.fill(0)
  const bias = priors === null ? targetMean : priors.map((prior, c) => Math.log(prior) - dotAt(weights, c * size, sides, c * size, size) / 2)
  return { size, weights, bias }
}
