/** How large the numbers of a set are. */
export interface Scale {
  /** The median of the means of its spectra. */
  readonly usual: number
  /** A ratio below this counts as this: the absorbance of nothing has no bound. */
  readonly smallest: number
}

/** Below every ratio that an instrument tells from nothing. */
export const SMALLEST_RATIO = 1e-8

/** Share of all values that may lie below the smallest that counts by a hundred. */
const FEW = 0.001
const ROOM = 100

/** The least number that a logarithm is taken of. */
const LEAST = 1e-300

/**
 * The scale of spectra. Absorbance may come in units of its own (a set of 1 to 50, say): as ratios these are far below what any instrument
 * measures, and must not be cut off at what would be nothing elsewhere.
 */
export const scaleOf = (spectra: readonly Float64Array[]): Scale => {
  const means = spectra
    .map((values) => values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value) / values.length, 0))
    .sort((a, b) => a - b)
  const lowest = Float64Array.from(spectra.flatMap((values) => [...values].filter((value) => value > 0))).sort()
  const low = lowest[Math.floor(FEW * lowest.length)] ?? 1
  const smallest = low / ROOM >= SMALLEST_RATIO ? SMALLEST_RATIO : Math.max(LEAST, 10 ** Math.floor(Math.log10(low / ROOM)))
  return { usual: means[Math.floor(means.length / 2)] ?? 1, smallest }
}
