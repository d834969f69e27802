import type { Answered } from './answers.js'

/** Of one label in the data. A label that the model does not have cannot be answered: only how it was refused is told. */
export interface LabelFigures {
  readonly n: number
  readonly recall: number | null
  readonly precision: number | null
  readonly f1: number | null
  /** Shares of its spectra with the verdict accepted, and refused by gate or flags. */
  readonly accepted: number
  readonly rejected: number
  readonly coverage: number | null
  readonly setSize: number | null
}

/** As `evaluate --json` gives them for labels; null where there is nothing to compute from. Shares are from 0 to 1. */
export interface ClassFigures {
  readonly n: number
  readonly task: 'class'
  readonly accuracy: number | null
  readonly balancedAccuracy: number | null
  readonly macroF1: number | null
  readonly acceptedAccuracy: number | null
  readonly rejected: number
  readonly coverage: number | null
  readonly setSize: number | null
  readonly perClass: Readonly<Record<string, LabelFigures>>
}

/** A spectrum with a label, and what was answered. */
export interface JudgedLabel {
  readonly truth: string
  readonly answered: Answered
}

/**
 * Figures of a class model. `accuracy`, `balancedAccuracy` (mean recall of the labels that occur) and `macroF1` (mean F1 of the labels that occur or were
 * answered) take the forced answer of every spectrum whose label the model has; one without any answer is wrong. `acceptedAccuracy` is the share of right
 * answers among all accepted: an accepted spectrum of something else is wrong. `rejected` is the share of all that gate or flags refused; `ambiguous` is not.
 * `coverage` and `setSize` are those of the prediction sets that the gate let pass.
 * @param sets whether the model gives prediction sets: else coverage and size are null.
 */
export const classFigures = (judged: readonly JudgedLabel[], labels: readonly string[], sets: boolean): ClassFigures => {
  const known = judged.filter(({ truth }) => labels.includes(truth))
  const answered = new Set(known.flatMap(({ answered: { top } }) => top ?? []))
  const occurring = new Set(known.map(({ truth }) => truth))
  const own = labels.filter((label) => occurring.has(label) || answered.has(label))
  const foreign = [...new Set(judged.map(({ truth }) => truth))].filter((label) => !labels.includes(label)).sort()
  const perClass = Object.fromEntries([
    ...own.map((label) => [label, ofLabel(label, known, sets)] as const),
    ...foreign.map((label) => [label, ofForeign(judged.filter(({ truth }) => truth === label))] as const),
  ])
  const accepted = judged.filter(isAccepted)
  return {
    n: judged.length,
    task: 'class',
    accuracy: share(known, isRight),
    balancedAccuracy: mean(labels.filter((label) => occurring.has(label)).map((label) => perClass[label]?.recall ?? 0)),
    macroF1: mean(own.map((label) => perClass[label]?.f1 ?? 0)),
    acceptedAccuracy: share(accepted, isRight),
    rejected: share(judged, isRefused) ?? 0,
    ...setFigures(known, sets),
    perClass,
  }
}

/** Rows: labels of the data, the model's own first; columns: the forced answer, and last those without one. */
export const confusionOf = (judged: readonly JudgedLabel[], labels: readonly string[]): readonly { truth: string; answers: readonly number[] }[] => {
  const rows = [...labels, ...new Set(judged.map(({ truth }) => truth).filter((truth) => !labels.includes(truth)))]
  return rows
    .map((truth) => {
      const tops = judged.filter((one) => one.truth === truth).map(({ answered }) => answered.top)
      return { truth, answers: [...labels, null].map((label) => tops.filter((top) => top === label).length) }
    })
    .filter(({ answers }) => answers.some((count) => count > 0))
}

/** Refused by the gate or by a flag; `ambiguous` is an answer, if not one answer. */
export const isRefused = ({ answered: { answer } }: { readonly answered: Answered }): boolean =>
  answer.verdict === 'rejected' || answer.reason === 'foreign'

export const isAccepted = ({ answered: { answer } }: { readonly answered: Answered }): boolean => answer.verdict === 'accepted'

/** Null of nothing. */
export const share = <T>(all: readonly T[], holds: (one: T) => boolean): number | null =>
  all.length === 0 ? null : all.filter(holds).length / all.length

export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

const isRight = ({ truth, answered }: JudgedLabel): boolean => answered.top === truth

const ofLabel = (label: string, known: readonly JudgedLabel[], sets: boolean): LabelFigures => {
  const own = known.filter(({ truth }) => truth === label)
  const named = known.filter(({ answered }) => answered.top === label)
  const hits = own.filter(isRight).length
  return {
    n: own.length,
    recall: share(own, isRight),
    precision: share(named, isRight),
    f1: (2 * hits) / (own.length + named.length),
    accepted: share(own, isAccepted) ?? 0,
    rejected: share(own, isRefused) ?? 0,
    ...setFigures(own, sets),
  }
}

const ofForeign = (own: readonly JudgedLabel[]): LabelFigures => ({
  n: own.length,
  recall: null,
  precision: null,
  f1: null,
  accepted: share(own, isAccepted) ?? 0,
  rejected: share(own, isRefused) ?? 0,
  coverage: null,
  setSize: null,
})

/** Nobody calibrated sets on what the gate refuses: they are none there. */
const setFigures = (judged: readonly JudgedLabel[], sets: boolean): { coverage: number | null; setSize: number | null } => {
  const given = sets ? judged.filter((one) => !isRefused(one)) : []
  return {
    coverage: share(given, ({ truth, answered }) => answered.answer.set.includes(truth)),
    setSize: mean(given.map(({ answered }) => answered.answer.set.length)),
  }
}
