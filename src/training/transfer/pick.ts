import { type Judged, type Method, methods } from './contract.js'

/**
 * Share by which a later way must be better than the best so far. Errors of some fifteen left-out standards are rough: the smallest of five is often
 * small by chance (measured: tablets, 15 standards of 155, 50 draws).
 */
export const MARGIN = 0.1

/** The way to take: in the order of preference, each later one only where its error is clearly smaller. `errors` of those that could be judged. */
export const pick = (errors: ReadonlyMap<Judged, number>): Method => {
  let best: Method = 'none'
  for (const method of methods) {
    const [own, least] = [errors.get(method), errors.get(best) ?? Number.POSITIVE_INFINITY]
    if (own !== undefined && own < least * (1 - MARGIN)) best = method
  }
  return best
}
