import { Failure } from '../../failures.js'
import type { Manifest } from '../../models/manifest.js'
import type { Axis } from '../../spectrum/axis.js'
import type { Family } from '../contract.js'
import type { Part } from '../material.js'
import { type ChainRows, openChain } from '../search/chains.js'
import { planRepeats } from '../search/folds.js'
import { answersOf, benchesOf, type Nested, nestedOf } from '../search/nested.js'
import { simplestOfBest } from '../search/score.js'
import type { LeftOut } from './contract.js'
import { type Labelled, objectsOf } from './standards.js'

/**
 * Share of the standards in the weight of a pooled recalibration (measured: tablets and corn, 15 standards: 0.1 to 0.3 are level, more forgets the
 * training data). They are counted several times over to have it, so many times at most.
 */
export const STANDARDS_SHARE = 0.3
export const MAX_COPIES = 100

/** Folds by which the setting of a pooled model is chosen, and those of a model of the standards alone. */
const POOLED_FOLDS = 5
const ALONE_FOLDS = 15

export const familiesFor = (task: Part['task']): readonly Family[] => (task === 'value' ? ['pls', 'ridge'] : ['pls', 'ridge', 'pca-lda'])

/** The chain of the bundle without centre and scale, which each training adds anew. */
export const bareChain = ({ chain }: Manifest): Manifest['chain'] => (chain.at(-1)?.op === 'center_scale' ? chain.slice(0, -1) : chain)

export const copiesFor = (training: number, standards: number): number =>
  Math.min(MAX_COPIES, Math.max(1, Math.round((STANDARDS_SHARE / (1 - STANDARDS_SHARE)) * (training / standards))))

/** A linear model behind the chain of the bundle, from training data and standards together. */
export interface PooledJudgement {
  readonly leftOut: LeftOut
  readonly family: Family
  readonly copies: number
}

/**
 * Each object of the standards by the pooled model of all others; spectra of the same object in the training data (the same id or group) are left out
 * with it. Kind of model and setting are chosen once, by cross-validation of all that is pooled.
 * @throws Failure DATA_INVALID where they cannot be: labels without training spectra, unfit spectra.
 */
export const judgePooled = async (
  standards: Labelled,
  training: Labelled,
  manifest: Manifest,
  axis: Axis,
  seed: number,
): Promise<PooledJudgement> => {
  expectLabels(training)
  const copies = copiesFor(training.ids.length, standards.ids.length)
  const pooled = pool(training, standards, copies)
  const chain = chainFor(manifest, axis, pooled)
  const families = familiesFor(pooled.task)
  const [repeat] = planRepeats(pooled, POOLED_FOLDS, 1, seed)
  if (!repeat) throw new Failure('INVARIANT', { where: 'transfer', seen: 'no repeat' })
  const benchOf = benchesOf(chain)
  const all = await nestedOf({ chain, families, subjects: pooled, repeat, priors: 'balanced', turn }, benchOf)
  const { family, setting } = bestOf(all)
  const answers = new Float64Array(standards.ids.length).fill(Number.NaN)
  for (const left of objectsOf(standards)) {
    const group = standards.groups[left[0] ?? 0]
    const train = pooled.groups.flatMap((own, n) => (own === group ? [] : [n]))
    const rows = left.map((n) => training.ids.length + n)
    const every = answersOf(benchOf(train), family, { subjects: pooled, priors: 'balanced' }, train, [rows])
    const own = every[Math.min(setting, every.length - 1)]
    left.forEach((n, i) => {
      answers[n] = own?.answers[i] ?? Number.NaN
    })
    await turn()
  }
  return { leftOut: { answers, scores: standards.ids.map(() => null), refused: null }, family, copies }
}

/** A model from nothing but the standards, behind the chain of the bundle; settings are chosen without the object that is left out. */
export const judgeAlone = async (standards: Labelled, manifest: Manifest, axis: Axis, seed: number): Promise<LeftOut> => {
  const chain = chainFor(manifest, axis, standards)
  const [repeat] = planRepeats(standards, ALONE_FOLDS, 1, seed)
  if (!repeat) throw new Failure('INVARIANT', { where: 'transfer', seen: 'no repeat' })
  const families = familiesFor(standards.task)
  const all = await nestedOf({ chain, families, subjects: standards, repeat, priors: 'balanced', turn }, benchesOf(chain))
  const best = all.get(bestOf(all).family)
  return { answers: best?.answers ?? new Float64Array(0), scores: standards.ids.map(() => null), refused: null }
}

/** Training data first, then the standards, so many times over. */
export const pool = (training: Labelled, standards: Labelled, copies: number): Labelled => {
  const joined = <T>(list: (part: Labelled) => readonly T[]): T[] => [
    ...list(training),
    ...Array.from({ length: copies }, () => list(standards)).flat(),
  ]
  return {
    ...training,
    ids: joined(({ ids }) => ids),
    groups: joined(({ groups }) => groups),
    truth: joined(({ truth }) => truth),
    values: joined(({ values }) => values),
    spectra: joined(({ spectra }) => spectra),
    rows: joined(({ rows }) => rows),
  }
}

const chainFor = (manifest: Manifest, axis: Axis, part: Labelled): ChainRows => {
  const steps = bareChain(manifest)
  const chain = steps.length === 0 ? null : openChain({ name: 'chain of the bundle', steps }, axis, part.spectra)
  if (chain === null) throw new Failure('DATA_INVALID', { where: 'transfer', seen: 'a bundle without a chain', allowed: 'one with steps' })
  const unfit = chain.rows(part.ids.map((_, n) => n)).indexOf(null)
  if (unfit >= 0)
    throw new Failure('DATA_INVALID', {
      where: `spectrum "${part.ids[unfit]}"`,
      seen: 'no values in channels that the chain needs',
      allowed: `whole spectra over the axis of the model, ${axis.values[0]} to ${axis.values.at(-1)}`,
    })
  return chain
}

const expectLabels = ({ task, labels, truth }: Labelled): void => {
  if (task === 'value') return
  const missing = labels.find((_, c) => !truth.includes(c))
  if (missing !== undefined)
    throw new Failure('DATA_INVALID', { where: 'training data', seen: `no spectrum of "${missing}"`, allowed: 'spectra of every label of the model' })
}

/** The kind of model with the best criterion, and the simplest of its best settings. */
const bestOf = (all: ReadonlyMap<Family, Nested>): { readonly family: Family; readonly setting: number } => {
  const [best] = [...all].sort(([, a], [, b]) => a.criterion - b.criterion)
  if (!best) throw new Failure('INVARIANT', { where: 'transfer', seen: 'no kind of model' })
  return { family: best[0], setting: Math.max(0, simplestOfBest(best[1].settingCriteria)) }
}

/** Lets a signal or a line of progress through between fits. */
const turn = (): Promise<void> => new Promise((done) => setImmediate(done))
