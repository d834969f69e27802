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

/** Light of the emulated lamp without anything in its way, in counts per millisecond at the brightest pixel. */
export const LAMP_PER_MS = 90_000

/**
 * The lamp as each of `pixels` pixels sees it, counts per millisecond: a smooth halogen-like hump, half as bright at the ends.
 * At 100 ms, white behind a filter of optical density 2.3 gives about 45,000 counts at the top.
 */
export const lampPerMs = (pixels: number): Float64Array =>
  Float64Array.from({ length: pixels }, (_, i) => LAMP_PER_MS * (0.5 + 0.5 * Math.sin((Math.PI * (i + 0.5)) / pixels)))

/** The detector of the emulated Chromation kit (protocols/serial-chromation: 16 bit, dark about 1000 counts); noise is our own choice. */
export const chromationDetector: Detector = { fullScale: 65_535, darkCounts: 1000, readNoiseCounts: 5, electronsPerCount: 5 }
