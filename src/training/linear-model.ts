import { classOf } from './examples.js'
import { argmax } from './figures.js'
import { choosePls, fitPls, type Linear, predictLinear } from './pls.js'
import type { Target } from './recipe.js'

/** The linear model beside the network: PLS of the value, cut at the limits; or one PLS for each word against all others. */
export interface LinearModel {
  /** Components of each PLS, chosen by cross-validation. */
  readonly components: readonly number[]
  /** Root mean square error of cross-validation, in the unit of the target (or of 0 and 1). */
  readonly rmsecv: number
  /** Class of a prepared spectrum. */
  classify(row: Float64Array): number
  /** The value of a prepared spectrum; null where the target is words. */
  value(row: Float64Array): number | null
}

export interface LinearTask {
  readonly target: Target
  readonly labels: readonly string[]
  readonly rows: readonly Float64Array[]
  readonly truth: readonly number[]
  readonly values: readonly number[]
  readonly folds: readonly number[]
  readonly maxComponents: number
}

export const fitLinear = ({ target, labels, rows, truth, values, folds, maxComponents }: LinearTask): LinearModel => {
  const fit = (targets: readonly number[]): { model: Linear; components: number; rmsecv: number } => {
    const { components, rmsecv } = choosePls(rows, targets, folds, maxComponents)
    const model = fitPls(rows, targets, components).at(-1)
    return { model: model ?? { coefficients: new Float64Array(0), intercept: 0 }, components, rmsecv }
  }
  if (target.kind === 'limits') {
    const { model, components, rmsecv } = fit(values)
    return {
      components: [components],
      rmsecv,
      classify: (row) => classOf(predictLinear(model, row), target.limits),
      value: (row) => predictLinear(model, row),
    }
  }
  const each = labels.map((_, label) => fit(truth.map((own) => (own === label ? 1 : 0))))
  return {
    components: each.map(({ components }) => components),
    rmsecv: Math.sqrt(each.reduce((sum, { rmsecv }) => sum + rmsecv ** 2 / each.length, 0)),
    classify: (row) => argmax(each.map(({ model }) => predictLinear(model, row))),
    value: () => null,
  }
}
