import type { Random } from '../../spectrum/random.js'
import type { Figure } from '../contract.js'
import type { ClassFigures } from '../report.js'
import { bootstrapped } from './bootstrap.js'

/** Answers to spectra that the model had not seen, one entry a spectrum in every list. */
export interface ClassAnswers {
  readonly labels: readonly string[]
  readonly truth: readonly number[]
  readonly groups: readonly string[]
  /** Class with the highest score, whatever the gate says. */
  readonly top: readonly number[]
  /** Classes in the prediction set; null where none was given. */
  readonly sets: readonly (readonly number[] | null)[]
  /** The gate let it pass: only then is the set valid. */
  readonly gated: readonly boolean[]
  /** The verdict is `accepted`. */
  readonly accepted: readonly boolean[]
}

/** Of all spectra: the names are those of a report. */
export interface OverallFigures {
  readonly accuracy: Figure
  readonly 'balanced-accuracy': Figure
  /** Mean over the classes of the harmonic mean of recall and precision. */
  readonly 'macro-f1': Figure
  /** Right among the verdicts `accepted`, and how many these are. */
  readonly 'accepted-accuracy': Figure
  readonly 'accepted-share': Figure
  /** Share of gate-accepted spectra whose set holds the true class, and the mean size of the set; not a number where there are no sets. */
  readonly coverage: Figure
  readonly 'set-size': Figure
}

/** Figures of all spectra and of each class, with intervals by a bootstrap over the objects of each class. */
export const classFigures = (
  answers: ClassAnswers,
  random: Random,
): { readonly overall: OverallFigures; readonly perClass: readonly ClassFigures[] } => {
  const { labels, truth, groups, sets, gated, accepted } = answers
  const figures = bootstrapped(groups, truth, statisticsOf(answers), random)
  const at = (i: number): Figure => figures[i] ?? NONE
  const perClass = labels.map((label, c): ClassFigures => {
    const rows = truth.flatMap((own, n) => (own === c ? [n] : []))
    const sized = rows.flatMap((n) => (gated[n] && sets[n] ? [sets[n].length] : []))
    const [recall, precision, coverage] = [0, 1, 2].map((i) => at(OVERALL + PER_CLASS * c + i))
    return {
      label,
      objects: new Set(rows.map((n) => groups[n])).size,
      spectra: rows.length,
      recall: recall ?? NONE,
      // A label that is never answered has no precision; 0 says that nothing with this name was right.
      precision: precision && Number.isFinite(precision.value) ? precision : { value: 0, interval: null },
      coverage: coverage && Number.isFinite(coverage.value) ? coverage : null,
      setSize: sized.length === 0 ? null : sized.reduce((sum, size) => sum + size / sized.length, 0),
      accepted: rows.length === 0 ? 0 : rows.filter((n) => accepted[n]).length / rows.length,
    }
  })
  return {
    overall: {
      accuracy: at(0),
      'balanced-accuracy': at(1),
      'macro-f1': at(2),
      'accepted-accuracy': at(3),
      'accepted-share': at(4),
      coverage: at(5),
      'set-size': at(6),
    },
    perClass,
  }
}

const NONE: Figure = { value: Number.NaN, interval: null }
const OVERALL = 7
const PER_CLASS = 3

const statisticsOf =
  ({ labels, truth, top, sets, gated, accepted }: ClassAnswers) =>
  (weights: Float64Array): readonly number[] => {
    const zeros = () => new Float64Array(labels.length)
    const [own, answered, right, judged, covered] = [zeros(), zeros(), zeros(), zeros(), zeros()]
    let [all, taken, takenRight, size] = [0, 0, 0, 0]
    truth.forEach((label, n) => {
      const weight = weights[n] ?? 0
      if (weight === 0) return
      const answer = top[n] ?? -1
      add(own, label, weight)
      if (answer >= 0) add(answered, answer, weight)
      if (answer === label) add(right, label, weight)
      all += weight
      if (accepted[n]) {
        taken += weight
        if (answer === label) takenRight += weight
      }
      const set = gated[n] ? sets[n] : null
      if (!set) return
      add(judged, label, weight)
      size += weight * set.length
      if (set.includes(label)) add(covered, label, weight)
    })
    const recall = own.map((count, c) => (right[c] ?? 0) / count)
    const precision = answered.map((count, c) => (right[c] ?? 0) / count)
    const f1 = own.map((count, c) => (2 * (right[c] ?? 0)) / (count + (answered[c] ?? 0)))
    const overall = [
      sum(right) / all,
      meanOf(recall),
      meanOf(f1.filter((_, c) => (own[c] ?? 0) > 0)),
      takenRight / taken,
      taken / all,
      sum(covered) / sum(judged),
      size / sum(judged),
    ]
    return [...overall, ...labels.flatMap((_, c) => [recall[c] ?? 0, precision[c] ?? 0, (covered[c] ?? 0) / (judged[c] ?? 0)])]
  }

const add = (list: Float64Array, at: number, weight: number): void => {
  list[at] = (list[at] ?? 0) + weight
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

/** Of those that are numbers: a class without a spectrum has no recall. */
const meanOf = (values: Float64Array): number => {
  const known = values.filter(Number.isFinite)
  return sum(known) / known.length
}
