import type { Random } from '../../spectrum/random.js'
import type { Figure } from '../contract.js'
import { classFigures } from '../figures/class-figures.js'
import { reliabilityOf } from '../figures/reliability.js'
import { valueFigures } from '../figures/value-figures.js'
import { shareFigure } from '../figures.js'
import type { Part } from '../material.js'
import type { ClassFigures, PredictedValue, ReliabilityBin } from '../report.js'
import { classOfAnswer } from '../search/networks.js'

/** One judged spectrum: of a part, whose row it is, and what the model and its gate say. */
export interface Judgement {
  readonly row: number
  /** Class index or value; NaN where nothing could be computed. */
  readonly answer: number
  readonly foreign: boolean
  readonly accepted: boolean
  readonly set: readonly number[] | null
  readonly interval: readonly [number, number] | null
  readonly scores: ArrayLike<number> | null
}

/** The part of a report that is about judged spectra. */
export interface JudgedFigures {
  readonly figures: Readonly<Record<string, Figure>>
  readonly perClass: readonly ClassFigures[]
  readonly confusion: readonly (readonly number[])[]
  readonly predicted: readonly PredictedValue[]
  readonly reliability: readonly ReliabilityBin[]
}

/** Values that are listed one by one; of more, every so many one. */
const MAX_PREDICTED = 2000

/**
 * Figures of a part. `forced` are whole sets of forced answers by row of the part (repeats of a cross-validation, or noise draws of a test): accuracy and
 * errors are their means. `judged` says what the gate and the sets made of them. Intervals are bootstraps over objects.
 */
export const judgedFigures = (part: Part, forced: readonly ArrayLike<number>[], judged: readonly Judgement[], random: Random): JudgedFigures => {
  const shares = foreignShare(part, judged)
  if (part.task === 'identity')
    return { ...EMPTY, figures: { 'accepted-share': { value: 1 - shares.value, interval: turned(shares) }, 'foreign-share': shares } }
  return part.task === 'value' ? ofValues(part, forced, judged, shares, random) : ofClasses(part, forced, judged, shares, random)
}

const EMPTY: JudgedFigures = { figures: {}, perClass: [], confusion: [], predicted: [], reliability: [] }

const ofClasses = (
  part: Part,
  forced: readonly ArrayLike<number>[],
  judged: readonly Judgement[],
  foreign: Figure,
  random: Random,
): JudgedFigures => {
  const classes = forced.map((answers) => part.truth.map((_, n) => classAt(part, answers[n] ?? Number.NaN)))
  const repeated = <T>(list: readonly T[]) => forced.flatMap(() => list)
  const top = classes.flat()
  const truth = repeated(part.truth)
  const none = top.map(() => false)
  const plain = classFigures(
    { labels: part.labels, truth, groups: repeated(part.groups), top, sets: top.map(() => null), gated: none, accepted: none },
    random,
  )
  const decided = classFigures(
    {
      labels: part.labels,
      truth: judged.map(({ row }) => part.truth[row] ?? 0),
      groups: judged.map(({ row }) => part.groups[row] ?? ''),
      top: judged.map(({ answer }) => classAt(part, answer)),
      sets: judged.map(({ set }) => set),
      gated: judged.map(({ foreign: out }) => !out),
      accepted: judged.map(({ accepted }) => accepted),
    },
    random,
  )
  const confusion = part.labels.map(() => part.labels.map(() => 0))
  truth.forEach((label, i) => {
    const row = confusion[label]
    const answer = top[i] ?? -1
    if (row && answer >= 0) row[answer] = (row[answer] ?? 0) + 1 / forced.length
  })
  const { accuracy, 'balanced-accuracy': balanced, 'macro-f1': f1 } = plain.overall
  const { 'accepted-accuracy': right, 'accepted-share': share, coverage, 'set-size': size } = decided.overall
  const scored = judged.filter(({ scores }) => scores !== null)
  return {
    figures: known({
      accuracy,
      'balanced-accuracy': balanced,
      'macro-f1': f1,
      'accepted-accuracy': right,
      'accepted-share': share,
      'foreign-share': foreign,
      coverage,
      'set-size': size,
    }),
    perClass: plain.perClass.map((own, c) => {
      const { coverage: covered = null, setSize = null, accepted = 0 } = decided.perClass[c] ?? {}
      return { ...own, spectra: Math.round(own.spectra / forced.length), coverage: covered, setSize, accepted }
    }),
    confusion,
    predicted: [],
    reliability: reliabilityOf(
      scored.map(({ scores }) => scores ?? []),
      scored.map(({ row }) => part.truth[row] ?? 0),
    ),
  }
}

const ofValues = (part: Part, forced: readonly ArrayLike<number>[], judged: readonly Judgement[], foreign: Figure, random: Random): JudgedFigures => {
  const repeated = <T>(list: readonly T[]) => forced.flatMap(() => list)
  const predicted = forced.flatMap((answers) => part.values.map((_, n) => answers[n] ?? Number.NaN))
  const none = predicted.map(() => null)
  const plain = valueFigures(
    {
      values: repeated(part.values),
      groups: repeated(part.groups),
      predicted,
      intervals: none,
      gated: none.map(() => false),
      accepted: none.map(() => false),
    },
    random,
  )
  const decided = valueFigures(
    {
      values: judged.map(({ row }) => part.values[row] ?? Number.NaN),
      groups: judged.map(({ row }) => part.groups[row] ?? ''),
      predicted: judged.map(({ answer }) => answer),
      intervals: judged.map(({ interval }) => interval),
      gated: judged.map(({ foreign: out }) => !out),
      accepted: judged.map(({ accepted }) => accepted),
    },
    random,
  )
  const stride = Math.max(1, judged.length / MAX_PREDICTED)
  return {
    ...EMPTY,
    figures: known({
      rmse: plain.rmse,
      bias: plain.bias,
      r2: plain.r2,
      'accepted-rmsep': decided['accepted-rmse'],
      'accepted-share': decided['accepted-share'],
      'foreign-share': foreign,
      coverage: decided.coverage,
      'interval-width': decided['interval-width'],
    }),
    predicted: judged
      .filter((_, n) => Math.floor(n / stride) !== Math.floor((n - 1) / stride))
      .filter(({ answer }) => Number.isFinite(answer))
      .map(({ row, answer, interval }) => ({
        id: part.ids[row] ?? '',
        truth: part.values[row] ?? 0,
        predicted: answer,
        low: interval?.[0] ?? null,
        high: interval?.[1] ?? null,
      })),
  }
}

/** -1 where there is no answer: wrong, and no class. */
const classAt = (part: Part, answer: number): number => (Number.isNaN(answer) ? -1 : classOfAnswer(part, answer))

const foreignShare = ({ groups }: Part, judged: readonly Judgement[]): Figure => {
  const objects = new Set(judged.map(({ row }) => groups[row])).size
  const share = judged.filter(({ foreign }) => foreign).length / Math.max(1, judged.length)
  // Spectra of one object are no independent trials: the interval counts objects.
  return shareFigure(share * objects, objects)
}

const turned = ({ interval }: Figure): Figure['interval'] => interval && [1 - interval[1], 1 - interval[0]]

/** Without those that are not defined here: coverage where there are no sets, accepted accuracy where nothing was accepted. */
const known = (figures: Readonly<Record<string, Figure>>): Record<string, Figure> =>
  Object.fromEntries(Object.entries(figures).filter(([, { value }]) => Number.isFinite(value)))
