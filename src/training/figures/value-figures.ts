import type { Random } from '../../spectrum/random.js'
import type { Figure } from '../contract.js'
import { bootstrapped } from './bootstrap.js'

/** Answers to spectra that the model had not seen, one entry a spectrum in every list. */
export interface ValueAnswers {
  readonly values: readonly number[]
  readonly groups: readonly string[]
  readonly predicted: ArrayLike<number>
  /** Null where none was given. */
  readonly intervals: readonly (readonly [number, number] | null)[]
  /** The gate let it pass: only then is the interval valid. */
  readonly gated: readonly boolean[]
  /** The verdict is `accepted`. */
  readonly accepted: readonly boolean[]
}

/** In the unit of the value, but for `r2` and the shares. Not a number where nothing could be counted. */
export interface ValueFigures {
  /** Root mean square error. */
  readonly rmse: Figure
  /** Mean of prediction minus value. */
  readonly bias: Figure
  /** 1 - squared errors over squared distances from the mean of the values. */
  readonly r2: Figure
  /** Root mean square error among the verdicts `accepted`, and how many these are. */
  readonly 'accepted-rmse': Figure
  readonly 'accepted-share': Figure
  /** Share of gate-accepted spectra whose interval holds the value, and the mean width of the interval. */
  readonly coverage: Figure
  readonly 'interval-width': Figure
}

/** Figures with intervals by a bootstrap over objects. */
export const valueFigures = (answers: ValueAnswers, random: Random): ValueFigures => {
  const figures = bootstrapped(answers.groups, null, statisticsOf(answers), random)
  const at = (i: number): Figure => figures[i] ?? { value: Number.NaN, interval: null }
  return {
    rmse: at(0),
    bias: at(1),
    r2: at(2),
    'accepted-rmse': at(3),
    'accepted-share': at(4),
    coverage: at(5),
    'interval-width': at(6),
  }
}

const statisticsOf =
  ({ values, predicted, intervals, gated, accepted }: ValueAnswers) =>
  (weights: Float64Array): readonly number[] => {
    let [all, sum, squares, errors, squaredErrors] = [0, 0, 0, 0, 0]
    let [taken, takenErrors, judged, covered, width] = [0, 0, 0, 0, 0]
    const origin = values[0] ?? 0
    values.forEach((value, n) => {
      const weight = weights[n] ?? 0
      const error = (predicted[n] ?? Number.NaN) - value
      if (weight === 0) return
      all += weight
      // From the first value on, not from 0: values far from 0 would leave nothing but rounding.
      sum += weight * (value - origin)
      squares += weight * (value - origin) ** 2
      errors += weight * error
      squaredErrors += weight * error * error
      if (accepted[n]) {
        taken += weight
        takenErrors += weight * error * error
      }
      const interval = gated[n] ? intervals[n] : null
      if (!interval) return
      judged += weight
      width += weight * (interval[1] - interval[0])
      if (value >= interval[0] && value <= interval[1]) covered += weight
    })
    const spread = squares - (sum * sum) / all
    return [
      Math.sqrt(squaredErrors / all),
      errors / all,
      spread > 0 ? 1 - squaredErrors / spread : Number.NaN,
      Math.sqrt(takenErrors / taken),
      taken / all,
      covered / judged,
      width / judged,
    ]
  }
