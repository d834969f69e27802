import { boundsOf, conformalQuantile, conformalSet } from '../../inference/conformal.js'
import { softmax } from '../../inference/scores.js'
import { CLASSWISE_OBJECTS } from '../../models/decision-rules.js'
import { type ConformalDraft, MAX_CONFORMAL_SCORES } from '../../models/manifest.js'
import { seededRandom } from '../../spectrum/random.js'
import type { HeldOut, Task } from '../contract.js'
import { shuffle } from '../split.js'

export interface ConformalTask {
  readonly task: Task
  readonly labels: readonly string[]
  /** Answers to spectra whose objects the temperature has not seen (`splitHeld`). */
  readonly held: readonly HeldOut[]
  /** By row of the data: class (value), object, and whether the gate lets it pass (out of fold). */
  readonly truth: readonly number[]
  readonly values: readonly number[]
  readonly groups: readonly string[]
  readonly accepted: readonly boolean[]
  readonly temperature: number
  readonly alpha?: number
  readonly seed: number
}

/** The calibration scores, or null and why there are none: a sentence for the report. */
export type ConformalFit = { readonly spec: ConformalDraft; readonly reason: null } | { readonly spec: null; readonly reason: string }

/** Answers are right at least this often, on objects like those of the data: 95 %. */
const ALPHA = 0.05

/**
 * Scores of split conformal prediction by the graph that ships, from spectra that the gate accepts: 1 - calibrated score of the true label (Sadinle,
 * Lei, Wasserman, JASA 114:223, 2019), or |value - prediction|. One spectrum speaks for each object, drawn by chance, since spectra of one object
 * are no independent witnesses: so what is promised is a spectrum of a new object. A label with `CLASSWISE_OBJECTS` or more has scores of its own
 * (a group that holds several labels, as a day does, then speaks once for each); all others are judged by the pooled ones. Fewer than
 * ceil(1 / alpha) - 1 objects bound nothing: null.
 */
export const fitConformal = ({
  task,
  labels,
  held,
  truth,
  values,
  groups,
  accepted,
  temperature,
  alpha = ALPHA,
  seed,
}: ConformalTask): ConformalFit => {
  if (task === 'identity') return { spec: null, reason: 'An identity has no prediction sets: the gate alone decides.' }
  const random = seededRandom(seed)
  const drawn = shuffle(
    held.filter(({ row }) => accepted[row] === true),
    random,
  )
  const scoreOf = (own: HeldOut) =>
    task === 'value'
      ? Math.abs((values[own.row] ?? Number.NaN) - (own.outputs[0] ?? Number.NaN))
      : scoreOfLabel(own.outputs, truth[own.row] ?? 0, temperature)
  const scoresOf = (rows: readonly HeldOut[]) => {
    const one = new Map<string, HeldOut>()
    for (const own of rows) if (!one.has(groups[own.row] ?? '')) one.set(groups[own.row] ?? '', own)
    return [...one.values()]
      .slice(0, MAX_CONFORMAL_SCORES)
      .map(scoreOf)
      .sort((a, b) => a - b)
  }
  const pooled = scoresOf(drawn)
  if (pooled.some((score) => !Number.isFinite(score))) return { spec: null, reason: 'No intervals: an answer out of fold is no finite number.' }
  if (conformalQuantile(pooled, alpha) === null)
    return {
      spec: null,
      reason: `No ${task === 'value' ? 'intervals' : 'prediction sets'}: ${pooled.length} objects that the gate accepts, and ${100 * (1 - alpha)} % takes ${Math.ceil(1 / alpha) - 1}.`,
    }
  const own = task === 'class' ? labels.map((label, c) => [label, scoresOf(drawn.filter(({ row }) => truth[row] === c))] as const) : []
  return {
    spec: {
      method: task === 'value' ? 'absolute-residual' : 'lac',
      alpha,
      unit: pooled.length === drawn.length ? 'spectrum' : 'object',
      objects: pooled.length,
      pooled,
      classes: Object.fromEntries(own.filter(([, scores]) => scores.length >= CLASSWISE_OBJECTS)),
    },
    reason: null,
  }
}

/** What the model would have said: classes in the set, the forced answer first; or lowest and highest value. */
export interface Covered {
  readonly row: number
  /** Null where too few objects were left to say so, and for values. */
  readonly set: readonly number[] | null
  readonly interval: readonly [number, number] | null
}

/**
 * Sets or intervals of every answer in `judged`, each by the scores of the other folds' objects in `held`: what coverage may be counted on, since
 * counting on the objects that gave the scores would give the nominal figure whatever the model.
 */
export const coverOutOfFold = (task: ConformalTask, judged: readonly HeldOut[]): readonly Covered[] => {
  const { labels, held, temperature } = task
  const fits = new Map<number, ConformalDraft | null>()
  for (const { fold } of judged) if (!fits.has(fold)) fits.set(fold, fitConformal({ ...task, held: held.filter((own) => own.fold !== fold) }).spec)
  return judged.map(({ row, fold, outputs }) => {
    const spec = fits.get(fold) ?? null
    if (spec?.method === 'absolute-residual') {
      const half = conformalQuantile(spec.pooled, spec.alpha)
      const value = outputs[0] ?? Number.NaN
      return { row, set: null, interval: half === null ? null : ([value - half, value + half] as const) }
    }
    const bounds = spec && boundsOf(spec, labels)
    const scores = new Float64Array(labels.length)
    if (!bounds || !softmax(outputs, 0, temperature, scores)) return { row, set: null, interval: null }
    return { row, set: conformalSet(labels, scores, bounds).map((label) => labels.indexOf(label)), interval: null }
  })
}

/** 1 - calibrated score of one label, 0 to 1; NaN where the logits are not finite. */
const scoreOfLabel = (logits: Float32Array, label: number, temperature: number): number => {
  const scores = new Float64Array(logits.length)
  return softmax(logits, 0, temperature, scores) ? Math.min(1, Math.max(0, 1 - (scores[label] ?? Number.NaN))) : Number.NaN
}
