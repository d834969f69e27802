import { asFailure, type Failure, isFailure } from '../failures.js'
import type { Clock } from '../spectrum/clock.js'

/** Milliseconds between two tries to commit where the store fails (disk full, card gone). */
export const STORE_RETRY_MS = 1000

/**
 * Commits that wait out a store that fails, in the order of the calls: while one waits, all later ones wait behind it. What can
 * never be committed (DATA_INVALID) and a stop reject. `tell` hears of the first failure of each spell.
 */
export const patiently = <T>(commit: (thing: T) => Promise<void>, clock: Clock, signal: AbortSignal, tell: (failure: Failure) => void) => {
  let spell: Promise<void> | null = null
  const waitOut = (failure: Failure): Promise<void> => {
    if (spell) return spell
    tell(failure)
    spell = clock.sleep(STORE_RETRY_MS, signal).finally(() => {
      spell = null
    })
    return spell
  }
  return async (thing: T): Promise<void> => {
    if (spell) await spell
    for (;;) {
      try {
        return await commit(thing)
      } catch (error) {
        if (!isFailure(error, 'STORE_FAILED')) throw asFailure(error, 'INVARIANT')
        await waitOut(error)
      }
    }
  }
}
