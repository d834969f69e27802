import { type Judged, type Method, methods } from './contract.js'

/**
 * Share by which a later way must be better than the best so far. Errors of some fifteen left-out standards are rough: the smallest of five is often
 * small by chance (measured: tablets, 15 standards of 155, 50 draws).
 */
export const MARGIN = 0.1

/**
 * Largest share of the standards that the gate may refuse behind a way: to the same share of its spectra the agent would give no answer, however right the
 * number is. Three of fifteen leave room for chance (measured against a half: docs/decisions/0010-transfers-and-the-gate.md).
 */
export const MOST_REFUSED = 0.2

/** One way on the standards that were left out. */
export interface Standing {
  /** Root mean square error, or whatever is smaller for the better of two. */
  readonly error: number
  /** Share of the standards that gate or flags refuse, 0 to 1; null for a way that has a gate of its own, fitted to the standards. */
  readonly refused: number | null
}

/**
 * The way to take, of those that could be judged: first those that the gate lets pass, or where it passes none those that it refuses least; of these in
 * the order of preference, each later one only where its error is clearly smaller.
 */
export const pick = (ways: ReadonlyMap<Judged, Standing>, mostRefused = MOST_REFUSED): Method => {
  const judged = methods.flatMap((method) => {
    const own = ways.get(method)
    return own ? [{ method, error: own.error, refused: own.refused ?? 0 }] : []
  })
  const bar = Math.max(mostRefused, Math.min(...judged.map(({ refused }) => refused)))
  const [first, ...later] = judged.filter(({ refused }) => refused <= bar)
  let best = first
  for (const way of later) if (best && way.error < best.error * (1 - MARGIN)) best = way
  return best?.method ?? 'none'
}
