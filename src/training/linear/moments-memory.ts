import type { Targets } from '../contract.js'
import { type Moments, momentsOf } from './moments.js'
import { rememberParts } from './parts-memory.js'
import type { RowSpace } from './row-space.js'
import { sameStrata, type Totals, totalsOf } from './scatter-sums.js'
import { strataOf } from './strata.js'

/** Numbers in the covariances that one bench remembers, 64 MiB, and training parts at most; the oldest is forgotten first. */
export const MAX_REMEMBERED_NUMBERS = 2 ** 23
export const MAX_REMEMBERED_PARTS = 64

/**
 * Moments of training parts, remembered for as long as the targets stay the same: PLS, PCA-LDA and Ridge of one fold start from the same.
 * @throws Failure DATA_INVALID as `checkTraining` and `strataOf` say.
 */
export const rememberMoments = (space: RowSpace): ((targets: Targets, train: readonly number[]) => Moments) => {
  const limit = Math.max(1, Math.min(MAX_REMEMBERED_PARTS, Math.floor(MAX_REMEMBERED_NUMBERS / (space.size ** 2 + 1))))
  let totals: Totals | null = null
  return rememberParts(space.count, limit, (targets, train) => {
    const strata = strataOf(targets, space.count, train)
    if (totals === null || !sameStrata(totals, strata)) totals = totalsOf(space, strata)
    return momentsOf(space, targets, strata, totals, train)
  })
}
