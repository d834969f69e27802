import { Failure } from '../../failures.js'
import type { Manifest } from '../../models/manifest.js'
import type { Axis } from '../../spectrum/axis.js'
import type { Family } from '../contract.js'
import type { Part } from '../material.js'
import { type ChainRows, openChain } from '../search/chains.js'
import { planRepeats } from '../search/folds.js'
import { benchesOf, type Nested, nestedOf } from '../search/nested.js'
import { simplestOfBest } from '../search/score.js'
import type { LeftOut } from './contract.js'
import type { Labelled } from './standards.js'

/** Folds of a model of the standards alone. */
const ALONE_FOLDS = 15

export const familiesFor = (task: Part['task']): readonly Family[] => (task === 'value' ? ['pls', 'ridge'] : ['pls', 'ridge', 'pca-lda'])

/** The chain of the bundle without centre and scale, which each training adds anew. */
export const bareChain = ({ chain }: Manifest): Manifest['chain'] => (chain.at(-1)?.op === 'center_scale' ? chain.slice(0, -1) : chain)

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

/** The chain of the bundle on these spectra. @throws Failure DATA_INVALID where one of them is unfit for it. */
export const chainFor = (manifest: Manifest, axis: Axis, part: Labelled): ChainRows => {
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

/** @throws Failure DATA_INVALID on a label without training spectra. */
export const expectLabels = ({ task, labels, truth }: Labelled): void => {
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
export const turn = (): Promise<void> => new Promise((done) => setImmediate(done))
