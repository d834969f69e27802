import type { Random } from '../spectrum/random.js'

/** Milliseconds: the longest first wait, and the longest wait of all. */
export const FIRST_WAIT_MS = 1000
export const LONGEST_WAIT_MS = 60_000
/** Milliseconds that pass in any case: a broker that refuses at once must not be asked without a pause. */
export const SHORTEST_WAIT_MS = 100

/**
 * How long to wait after `failures` vain attempts in a row (1 or more): anywhere between nothing and a ceiling that doubles (full
 * jitter, M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015), so that a thousand boxes do not come back at once.
 */
export const waitMs = (failures: number, random: Random): number => {
  const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 30))
  return Math.max(SHORTEST_WAIT_MS, Math.round(random.uniform() * ceiling))
}
