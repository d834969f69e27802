import type { Targets } from '../contract.js'
import { type Moments, momentsOf } from './moments.js'
import type { RowSpace } from './row-space.js'
import { sameStrata, type Totals, totalsOf } from './scatter-sums.js'
import { checkTraining, strataOf } from './strata.js'

/** Numbers in the covariances that one bench remembers, 64 MiB, and training parts at most; the oldest is forgotten first. */
export const MAX_REMEMBERED_NUMBERS = 2 ** 23
export const MAX_REMEMBERED_PARTS = 64

/**
 * Moments of training parts, remembered for as long as the targets stay the same: PLS, PCA-LDA and Ridge of one fold start from the same.
 * @throws Failure DATA_INVALID as `checkTraining` and `strataOf` say.
 */
export const rememberMoments = (space: RowSpace): ((targets: Targets, train: readonly number[]) => Moments) => {
  const limit = Math.max(1, Math.min(MAX_REMEMBERED_PARTS, Math.floor(MAX_REMEMBERED_NUMBERS / (space.size ** 2 + 1))))
  const parts = new Map<string, Moments>()
  let known: Targets | null = null
  let totals: Totals | null = null
  return (targets, train) => {
    checkTraining(targets, space.count, train)
    if (known === null || !sameTargets(known, targets)) {
      parts.clear()
      known = copied(targets)
    }
    const key = train.join()
    const found = parts.get(key)
    if (found) return found
    const strata = strataOf(targets, space.count, train)
    if (totals === null || !sameStrata(totals, strata)) totals = totalsOf(space, strata)
    const moments = momentsOf(space, targets, strata, totals, train)
    if (parts.size >= limit) for (const oldest of [...parts.keys()].slice(0, 1)) parts.delete(oldest)
    parts.set(key, moments)
    return moments
  }
}

/** By content, since the caller may reuse its lists. */
const sameTargets = (a: Targets, b: Targets): boolean => {
  if (a.kind === 'value') return b.kind === 'value' && sameNumbers(a.values, b.values)
  return b.kind === 'class' && a.classes === b.classes && a.priors === b.priors && sameNumbers(a.truth, b.truth)
}

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((value, i) => Object.is(value, b[i]))

const copied = (targets: Targets): Targets =>
  targets.kind === 'value' ? { ...targets, values: [...targets.values] } : { ...targets, truth: [...targets.truth] }
