import type { Random } from './random.js'

/** A linear array detector with its converter, as the emulators and the training counts have it. */
export interface Detector {
  /** Largest count of the converter. */
  readonly fullScale: number
  /** Mean counts without light. */
  readonly darkCounts: number
  /** Standard deviation in counts without light (read-out noise). */
  readonly readNoiseCounts: number
  /** Photo-electrons that make one count: the shot noise of a signal s is sqrt(s / electronsPerCount) counts. */
  readonly electronsPerCount: number
}

/**
 * One exposure: `perMs` counts per millisecond on each pixel become whole counts with dark level, read-out and shot noise,
 * clipped to 0..fullScale. Writes into `out`, which has the length of `perMs`.
 */
export const exposeDetector = (detector: Detector, perMs: Float64Array, exposureMs: number, random: Random, out: Float64Array): Float64Array => {
  const { fullScale, darkCounts, readNoiseCounts, electronsPerCount } = detector
  for (let i = 0; i < out.length; i++) {
    const light = Math.max(0, (perMs[i] ?? 0) * exposureMs)
    const sd = Math.sqrt(readNoiseCounts * readNoiseCounts + light / electronsPerCount)
    out[i] = Math.min(fullScale, Math.max(0, Math.round(darkCounts + light + sd * random.gaussian())))
  }
  return out
}
