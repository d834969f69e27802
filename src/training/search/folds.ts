import { Failure } from '../../failures.js'
import type { Subjects } from '../contract.js'
import { strataOf } from '../material.js'
import { foldsOf } from '../split.js'

/** Training and test rows of one fit. */
export interface FitPart {
  readonly train: readonly number[]
  readonly test: readonly number[]
}

/** A fit for choosing: `tests` says for which outer fold its answers to which rows count. It has seen none of them, nor that fold. */
export interface InnerFit {
  readonly train: readonly number[]
  readonly tests: readonly { readonly fold: number; readonly rows: readonly number[] }[]
}

/**
 * One repeat of nested cross-validation. `outer[f]` leaves fold f out. `inner` choose for fold f without seeing it: the other folds, each left
 * out in turn. The training part without folds f and g serves both f (tested on g) and g (tested on f): it is fitted once.
 */
export interface Repeat {
  readonly folds: readonly number[]
  readonly outer: readonly FitPart[]
  readonly inner: readonly InnerFit[]
}

/** Inner folds by single spectra where there are no third groups to leave out. */
const UNGROUPED_FOLDS = 3

/**
 * Folds for `repeats` rounds, `count` each or as many as there are groups.
 * @throws Failure DATA_INVALID with a single group, or a class that is in no other group than those of one fold.
 */
export const planRepeats = (subjects: Subjects, count: number, repeats: number, seed: number): readonly Repeat[] => {
  const groups = new Set(subjects.groups).size
  if (groups < 2)
    throw new Failure('DATA_INVALID', {
      where: 'cross-validation',
      seen: `${groups} group`,
      allowed: 'at least 2, so that one can be left out',
      cure: 'choose another column for --group, or measure more objects',
    })
  const strata = strataOf(subjects)
  return Array.from({ length: repeats }, (_, r) => {
    const folds = foldsOf(subjects.groups, strata, Math.min(count, groups), (seed + 0x51ed2701 * (r + 1)) >>> 0)
    const used = Math.max(...folds) + 1
    const outer = Array.from({ length: used }, (_, f) => part(folds, (fold) => fold !== f, f))
    for (const { train, test } of outer) expectClasses(subjects, train, test)
    return { folds, outer, inner: innerParts(subjects, folds, used, seed + r) }
  })
}

const part = (folds: readonly number[], trains: (fold: number) => boolean, test: number): FitPart => ({
  train: folds.flatMap((fold, n) => (trains(fold) ? [n] : [])),
  test: folds.flatMap((fold, n) => (fold === test ? [n] : [])),
})

const innerParts = (subjects: Subjects, folds: readonly number[], used: number, seed: number): readonly InnerFit[] => {
  const inFold = (f: number) => folds.flatMap((fold, n) => (fold === f ? [n] : []))
  if (used > 2)
    return Array.from({ length: used }, (_, f) => f).flatMap((f) =>
      Array.from({ length: used - f - 1 }, (_, i) => f + 1 + i).map((g) => ({
        train: folds.flatMap((fold, n) => (fold === f || fold === g ? [] : [n])),
        tests: [
          { fold: f, rows: inFold(g) },
          { fold: g, rows: inFold(f) },
        ],
      })),
    )
  const strata = strataOf(subjects)
  return [0, 1].flatMap((f) => {
    const rows = inFold(1 - f)
    const alone = foldsOf(
      rows.map((n) => `${n}`),
      rows.map((n) => strata[n] ?? ''),
      UNGROUPED_FOLDS,
      seed,
    )
    return Array.from({ length: UNGROUPED_FOLDS }, (_, g) => ({
      train: rows.filter((_, i) => alone[i] !== g),
      tests: [{ fold: f, rows: rows.filter((_, i) => alone[i] === g) }],
    }))
  })
}

/** A class that a fold tests but cannot have learnt would count as wrong answers of the model: it is an error of the protocol. */
const expectClasses = ({ labels, truth, limits, task }: Subjects, train: readonly number[], test: readonly number[]): void => {
  if (task !== 'class' || limits !== null) return
  const known = new Set(train.map((n) => truth[n]))
  const missing = test.find((n) => !known.has(truth[n]))
  if (missing === undefined) return
  throw new Failure('DATA_INVALID', {
    where: `class "${labels[truth[missing] ?? 0] ?? ''}"`,
    seen: 'all of its spectra in one group: a fold that tests it cannot have learnt it',
    allowed: 'at least two groups (objects, batches, days) of each class',
    cure: 'measure more objects of it, leave it out (--min-count), or group by another column',
  })
}
