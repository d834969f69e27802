import { Failure } from '../../failures.js'
import type { Axis } from '../../spectrum/axis.js'
import type { Head } from '../cnn-task.js'
import type { HeldOut, Subjects } from '../contract.js'
import { partition } from '../decision/partition.js'
import { classOf } from '../examples.js'
import { argmax } from '../figures.js'
import { type Part, picked, strataOf } from '../material.js'
import { type Examples, type Network, type NetworkTask, outputsBy } from '../network.js'
import { centerScaleOf, preparer } from '../prepare.js'
import type { CnnPlan, Recipe } from '../recipe.js'
import type { ChainRows } from './chains.js'
import type { Repeat } from './folds.js'
import { trainNetworks } from './network-threads.js'
import { errorOf, isWords } from './score.js'

/** Logits per unit of the value before the temperature is fitted, as a share of the width between the limits. */
const SLOPE_PER_WIDTH = 10

/** Spectra below which a network is not tried without being asked for by `ship`: it would learn the noise. */
export const MIN_NETWORK_SPECTRA = 60

/** Groups below which there are too few for parts that fit, stop and quantize in each fold. */
export const MIN_NETWORK_GROUPS = 12

/** Channels at the chain's end below which there is nothing to convolve. */
export const MIN_NETWORK_CHANNELS = 24

/** From so many spectra on, three folds instead of five: the time of a training grows with its spectra. */
export const FEW_FOLDS_FROM = 1000
export const FEW_FOLDS = 3

export interface NetworkSearchTask {
  readonly recipe: Recipe
  readonly cnn: CnnPlan
  readonly axis: Axis
  readonly ratio: boolean
  readonly chain: ChainRows
  /** Spectra as they are, and as they were measured (once or several times each): `of` says which one a measurement is of. */
  readonly own: Part
  readonly samples: Part
  readonly of: readonly number[]
  readonly repeat: Repeat
  tell(what: string, part: number): void
  readonly signal: AbortSignal
}

/** A network behind one chain, cross-validated once. */
export interface NetworkCandidate {
  readonly chain: ChainRows
  readonly repeat: Repeat
  readonly held: readonly HeldOut[]
  /** By sample: class or value, by the int8 graph. */
  readonly answers: Float64Array
  readonly error: number
  /** Mean over the folds of the epoch that was best. */
  readonly epochs: number
}

/** One network a fold, each quantized with ranges of its own, each answering for the spectra that it has not seen. */
export const crossValidateNetwork = async (task: NetworkSearchTask): Promise<NetworkCandidate> => {
  const { chain, samples, repeat, recipe, tell } = task
  const folds = repeat.outer.map(({ train }, fold) => ({ fold, ...networkTaskOf(task, train, recipe.seed + 1 + fold) }))
  const networks = await trainNetworks(
    folds.map(({ task: own }) => own),
    (part) => tell(`network behind "${chain.name}", ${folds.length} folds`, part),
    task.signal,
  )
  const held: HeldOut[] = []
  for (const [fold, network] of networks.entries()) {
    const rows = repeat.outer[fold]?.test ?? []
    const steps = folds[fold]?.task.steps ?? []
    const { prepare } = preparer(steps, task.axis)
    const prepared = rows.map((n) => prepare(samples.spectra[n] ?? new Float64Array(0))?.values ?? null)
    const fit = rows.filter((_, i) => prepared[i] !== null)
    const values = prepared.flatMap((one) => one ?? [])
    const outputs = await outputsBy(network.int8, values)
    const exact = await outputsBy(network.float, values)
    held.push(...fit.map((row, i) => ({ row, fold, outputs: outputs[i] ?? new Float32Array(0), exact: exact[i] ?? new Float32Array(0) })))
  }
  const answers = new Float64Array(samples.ids.length).fill(Number.NaN)
  for (const { row, outputs } of held) answers[row] = answerOf(samples, outputs)
  const epochs = networks.reduce((sum, { bestEpoch }) => sum + bestEpoch / networks.length, 0)
  return { chain, repeat, held, answers, error: errorOf(samples, answers), epochs }
}

/** The network of the bundle: trained as those of the folds were, on all spectra. */
export const finalNetwork = async (task: NetworkSearchTask): Promise<Network & { readonly steps: NetworkTask['steps'] }> => {
  const all = task.samples.ids.map((_, n) => n)
  const { task: own } = networkTaskOf(task, all, task.recipe.seed)
  const [network] = await trainNetworks([own], (part) => task.tell('the network on all spectra', part), task.signal)
  if (!network) throw new Failure('INVARIANT', { where: 'training', seen: 'no network' })
  return { ...network, steps: own.steps }
}

/** Class index (largest logit) or value of one row of outputs; of ranges of a value, the value by which the head made its logits. */
export const answerOf = (subjects: Pick<Subjects, 'task' | 'limits'>, outputs: ArrayLike<number>): number => {
  if (subjects.task === 'value') return outputs[0] ?? Number.NaN
  if (subjects.limits) return subjects.limits[0] - (outputs[0] ?? Number.NaN) / slopeOf(subjects.limits)
  return argmax(outputs)
}

/** The class that a label or value stands for. */
export const classOfAnswer = ({ limits }: Pick<Subjects, 'limits'>, answer: number): number => (limits ? classOf(answer, limits) : answer)

export const slopeOf = ([low, high]: readonly [number, number]): number => SLOPE_PER_WIDTH / (high - low)

const networkTaskOf = ({ recipe, cnn, axis, ratio, chain, own, of }: NetworkSearchTask, train: readonly number[], seed: number) => {
  const rows = chain.rows(train)
  const bare = train.flatMap((n) => rows[n]?.values ?? [])
  const steps = [...chain.stepsFor(train), centerScaleOf(bare, recipe.scaleFloor)]
  const inside = [...new Set(train.map((n) => of[n] ?? 0))]
  const part = picked(own, inside)
  const { fit, stop, ranges } = partition(part.groups, strataOf(part), seed)
  const weights = weightsOf(part, recipe.priors)
  const examples = (chosen: readonly number[]): Examples => ({
    spectra: chosen.map((n) => part.spectra[n] ?? new Float64Array(0)),
    targets: chosen.map((n) => (isWords(part) ? part.truth[n] : part.values[n]) ?? Number.NaN),
    weights: weights && chosen.map((n) => weights[n] ?? 1),
  })
  const task: NetworkTask = {
    axis: { kind: axis.kind, values: axis.values },
    steps,
    ratio,
    counts: recipe.counts,
    augment: recipe.augment,
    cnn,
    head: headFor(part),
    fit: examples(fit),
    stop: stop.length > 0 ? examples(stop) : null,
    ranges: examples(ranges.length > 0 ? ranges : fit),
    epochs: cnn.epochs ?? epochsFor(inside.length),
    seed,
  }
  return { task }
}

/** About so many spectra in all, within bounds. */
const SPECTRA_SEEN = 60_000
const MIN_EPOCHS = 50
const MAX_EPOCHS = 200

const epochsFor = (spectra: number): number => Math.min(MAX_EPOCHS, Math.max(MIN_EPOCHS, Math.round(SPECTRA_SEEN / spectra)))

const headFor = (subjects: Subjects): Head => {
  if (subjects.task === 'value') return { kind: 'value' }
  if (subjects.limits) return { kind: 'ordinal', limits: subjects.limits, slope: slopeOf(subjects.limits) }
  return { kind: 'classes', labels: subjects.labels.length }
}

/** Each class has the same weight in all, in the mean 1. Values are not weighted. */
const weightsOf = (subjects: Subjects, priors: Recipe['priors']): readonly number[] | null => {
  if (!isWords(subjects) || priors === 'empirical') return null
  const counts = new Map<number, number>()
  for (const label of subjects.truth) counts.set(label, (counts.get(label) ?? 0) + 1)
  return subjects.truth.map((label) => subjects.truth.length / (counts.size * (counts.get(label) ?? 1)))
}
