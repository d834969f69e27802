/** Takes rounding off ranks, which are whole numbers at the sizes that people choose. */
const ROUNDING = 1e-9

/** With fewer than 1 / alpha - 1 objects no measured value bounds the known: the largest one is taken, times this. */
const FEW_OBJECTS_FACTOR = 1.25

/** In standard deviations; a handful of objects that happen to lie close together would give less. */
const LEAST_LIMIT = 2

/**
 * The value that one more spectrum, of an object of the same kind that took no part, stays at or below with probability 1 - alpha at least:
 * the ceil((n + 1)(1 - alpha))-th of n objects, where each object counts once, through all its spectra alike (Lee, Barber, Willett 2023,
 * "Distribution-free inference with hierarchical data", arXiv 2306.06342). Taking the worst spectrum of each object instead would
 * promise that all spectra of an object pass, and let the more foreign matter through the more often each object was measured.
 * @param shares weight of each spectrum, from `shareOfObject`
 */
export const jointLimit = (worst: Float64Array, shares: Float64Array, objects: number, alpha: number): number => {
  const order = [...worst.keys()].sort((a, b) => (worst[a] ?? 0) - (worst[b] ?? 0))
  const rank = Math.ceil((objects + 1) * (1 - alpha) - ROUNDING)
  if (rank > objects) return Math.max(LEAST_LIMIT, FEW_OBJECTS_FACTOR * (worst[order.at(-1) ?? 0] ?? 0))
  let passed = 0
  const at = order.find((n) => {
    passed += shares[n] ?? 0
    return passed >= rank - ROUNDING * objects
  })
  return worst[at ?? order.at(-1) ?? 0] ?? 0
}

/** One divided by the number of rows of the same group. */
export const shareOfObject = (groups: readonly string[]): Float64Array => {
  const counts = new Map<string, number>()
  for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1)
  return Float64Array.from(groups, (group) => 1 / (counts.get(group) ?? 1))
}
