import { asFailure, type Failure, isFailure } from '../failures.js'
import type { Clock } from '../spectrum/clock.js'

/** Milliseconds between two tries to commit where the store fails (disk full, card gone). */
export const STORE_RETRY_MS = 1000

/**
 * Commits that wait out a store that fails, in the order of the calls: what fails is tried again until it is committed, one after
 * the other, and later calls wait behind it. (Only what was on its way to the store already may still overtake.) What can never be
 * committed (DATA_INVALID) and a stop reject. `tell` hears of the first failure of each spell.
 */
export const patiently = <T>(commit: (thing: T) => Promise<void>, clock: Clock, signal: AbortSignal, tell: (failure: Failure) => void) => {
  /** Settles with the last of those that wait; null while the store works. */
  let queue: Promise<void> | null = null

  const insist = async (thing: T): Promise<void> => {
    for (;;) {
      try {
        return await commit(thing)
      } catch (error) {
        if (!isFailure(error, 'STORE_FAILED')) throw asFailure(error, 'INVARIANT')
        await clock.sleep(STORE_RETRY_MS, signal)
      }
    }
  }
  const behind = async (before: Promise<void>, thing: T): Promise<void> => {
    const own = before.then(() => insist(thing))
    const last = own.catch(() => {})
    queue = last
    try {
      await own
    } finally {
      if (queue === last) queue = null
    }
  }
  return async (thing: T): Promise<void> => {
    if (queue) return behind(queue, thing)
    try {
      await commit(thing)
    } catch (error) {
      if (!isFailure(error, 'STORE_FAILED')) throw asFailure(error, 'INVARIANT')
      if (queue === null) tell(error)
      await behind(queue ?? clock.sleep(STORE_RETRY_MS, signal), thing)
    }
  }
}
