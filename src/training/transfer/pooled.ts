import { Failure } from '../../failures.js'
import type { Manifest } from '../../models/manifest.js'
import type { Axis } from '../../spectrum/axis.js'
import type { Family } from '../contract.js'
import { picked } from '../material.js'
import { finalSetting } from '../search/candidate.js'
import { bestLinear } from '../search/choose.js'
import { planRepeats } from '../search/folds.js'
import { answersOf, benchesOf } from '../search/nested.js'
import { searchRobust } from '../search/robust.js'
import { errorOf } from '../search/score.js'
import type { LeftOut } from './contract.js'
import { MARGIN } from './pick.js'
import { chainFor, expectLabels, familiesFor, pool, turn } from './recalibrate.js'
import { type Labelled, objectsOf, without } from './standards.js'

/**
 * Shares of the standards in the weight of a pooled recalibration, in the order of preference. They are counted several times over to have it, so many
 * times at most.
 */
export const STANDARDS_SHARES = [0.3, 0.5, 0.7] as const
export const MAX_COPIES = 100

/**
 * Spectra, copies of the standards included, up to which kernel Ridge is tried too (measured: 495 spectra take 3 s, 690 take 5). Few spectra are where
 * it helps most (docs/transfer.md).
 */
export const MAX_KERNEL_POOLED = 500

/** Folds by which kind of model and setting are chosen: as many as the trainer takes for the bundle itself. */
const FOLDS = 5

/** A model behind the chain of the bundle, from training data and standards together. */
export interface PooledJudgement {
  readonly leftOut: LeftOut
  readonly family: Family
  readonly copies: number
}

export const copiesFor = (training: number, standards: number): readonly number[] => [
  ...new Set(STANDARDS_SHARES.map((share) => Math.min(MAX_COPIES, Math.max(1, Math.round((share / (1 - share)) * (training / standards)))))),
]

/**
 * Each object of the standards by the pooled model of all others; spectra of the same object in the training data (the same id or group) are left out
 * with it. Kind of model and setting are chosen by the search of the trainer in all that is pooled, as for the bundle itself; the weight of the standards by
 * their left-out errors: for each object by those of the others, so that the figure stays honest.
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
  const judged: PooledJudgement[] = []
  for (const copies of copiesFor(training.ids.length, standards.ids.length))
    judged.push(await judgeWeight({ standards, training, manifest, axis, seed }, copies))
  return weighed(standards, judged)
}

/** The judgement to take of those by several weights, in the order of preference; its answers to each object are of the weight that the others choose. */
export const weighed = (standards: Labelled, judged: readonly PooledJudgement[]): PooledJudgement => {
  const count = standards.ids.length
  const answers = new Float64Array(count).fill(Number.NaN)
  for (const left of objectsOf(standards)) {
    const own = bestOn(standards, judged, without(count, left))
    for (const n of left) answers[n] = own.leftOut.answers[n] ?? Number.NaN
  }
  const chosen = bestOn(standards, judged, without(count, []))
  return { ...chosen, leftOut: { ...chosen.leftOut, answers } }
}

/** The first, unless another one is clearly better on these rows. */
const bestOn = (standards: Labelled, judged: readonly PooledJudgement[], rows: readonly number[]): PooledJudgement => {
  const own = picked(standards, rows)
  const errorIn = ({ leftOut }: PooledJudgement) =>
    errorOf(
      own,
      rows.map((n) => leftOut.answers[n] ?? Number.NaN),
    )
  const [first, ...others] = judged.map((one) => ({ one, error: errorIn(one) }))
  if (!first) throw new Failure('INVARIANT', { where: 'transfer', seen: 'no weight of the standards' })
  let best = first
  for (const other of others) if (other.error < best.error * (1 - MARGIN)) best = other
  return best.one
}

interface WeightTask {
  readonly standards: Labelled
  readonly training: Labelled
  readonly manifest: Manifest
  readonly axis: Axis
  readonly seed: number
}

const judgeWeight = async ({ standards, training, manifest, axis, seed }: WeightTask, copies: number): Promise<PooledJudgement> => {
  const pooled = pool(training, standards, copies)
  const chain = chainFor(manifest, axis, pooled)
  const families = [...familiesFor(pooled.task), ...(pooled.ids.length <= MAX_KERNEL_POOLED ? (['kernel-ridge'] as const) : [])]
  const repeats = planRepeats(pooled, FOLDS, 1, seed)
  const found = await searchRobust({
    ...{ chains: [chain], families, subjects: pooled, repeats, priors: 'balanced', axis, quantity: manifest.input.quantity, seed },
    ...{ tell: () => {}, turn, enough: () => false },
  })
  const best = bestLinear(found.candidates, families)
  if (!best) throw new Failure('INVARIANT', { where: 'transfer', seen: 'no kind of model' })
  const { index } = finalSetting(best)
  const benchOf = benchesOf(chain)
  const answers = new Float64Array(standards.ids.length).fill(Number.NaN)
  for (const left of objectsOf(standards)) {
    const group = standards.groups[left[0] ?? 0]
    const train = pooled.groups.flatMap((own, n) => (own === group ? [] : [n]))
    const rows = left.map((n) => training.ids.length + n)
    const every = answersOf(benchOf(train), best.family, { subjects: pooled, priors: 'balanced' }, train, [rows])
    const own = every[Math.min(index, every.length - 1)]
    left.forEach((n, i) => {
      answers[n] = own?.answers[i] ?? Number.NaN
    })
    await turn()
  }
  return { leftOut: { answers, scores: standards.ids.map(() => null), refused: null }, family: best.family, copies }
}
