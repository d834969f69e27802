import type { Answered } from './answers.js'
import { isAccepted, isRefused, mean, share } from './class-figures.js'

/** As `evaluate --json` gives them for a value, in its unit; null where there is nothing to compute from. */
export interface ValueFigures {
  readonly n: number
  readonly task: 'value'
  readonly rmsep: number | null
  readonly bias: number | null
  readonly r2: number | null
  readonly acceptedRmsep: number | null
  readonly rejected: number
  readonly coverage: number | null
  readonly intervalWidth: number | null
}

/** A spectrum with a true value, and what was answered. */
export interface JudgedValue {
  readonly truth: number
  readonly answered: Answered
}

/**
 * Figures of a value model. `rmsep`, `bias` (mean of predicted minus true) and `r2` (1 - squared errors / squared deviations of the true values from
 * their mean) take the forced answer of every spectrum that has one, `acceptedRmsep` the accepted alone. `rejected` is the share of all that gate or flags
 * refused (those without any answer among them). `coverage` and `intervalWidth` are those of the intervals that were given.
 */
export const valueFigures = (judged: readonly JudgedValue[]): ValueFigures => {
  const errors = errorsOf(judged)
  const truths = judged.filter(({ answered }) => answered.value !== null).map(({ truth }) => truth)
  const centre = mean(truths) ?? 0
  const spread = truths.reduce((sum, truth) => sum + (truth - centre) ** 2, 0)
  const intervals = judged.flatMap(({ truth, answered: { answer } }) => (answer.interval ? [{ truth, interval: answer.interval }] : []))
  return {
    n: judged.length,
    task: 'value',
    rmsep: rootMeanSquare(errors),
    bias: mean(errors),
    r2: spread > 0 ? 1 - errors.reduce((sum, error) => sum + error * error, 0) / spread : null,
    acceptedRmsep: rootMeanSquare(errorsOf(judged.filter(isAccepted))),
    rejected: share(judged, isRefused) ?? 0,
    coverage: share(intervals, ({ truth, interval: [low, high] }) => low <= truth && truth <= high),
    intervalWidth: mean(intervals.map(({ interval: [low, high] }) => high - low)),
  }
}

const errorsOf = (judged: readonly JudgedValue[]): number[] =>
  judged.flatMap(({ truth, answered: { value } }) => (value === null ? [] : [value - truth]))

const rootMeanSquare = (errors: readonly number[]): number | null => {
  const square = mean(errors.map((error) => error * error))
  return square === null ? null : Math.sqrt(square)
}
