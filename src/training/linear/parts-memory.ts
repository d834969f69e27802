import type { Targets } from '../contract.js'
import { checkTraining } from './strata.js'

/**
 * What `make` gives for a training part, remembered for as long as the targets stay the same; the oldest of `limit` parts is forgotten first.
 * @throws Failure DATA_INVALID as `checkTraining` says, and what `make` throws.
 */
export const rememberParts = <T>(
  rows: number,
  limit: number,
  make: (targets: Targets, train: readonly number[]) => T,
): ((targets: Targets, train: readonly number[]) => T) => {
  const parts = new Map<string, T>()
  let known: Targets | null = null
  return (targets, train) => {
    checkTraining(targets, rows, train)
    if (known === null || !sameTargets(known, targets)) {
      parts.clear()
      known = copied(targets)
    }
    const key = train.join()
    const found = parts.get(key)
    if (found !== undefined) return found
    const made = make(targets, train)
    if (parts.size >= limit) for (const oldest of [...parts.keys()].slice(0, 1)) parts.delete(oldest)
    parts.set(key, made)
    return made
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
