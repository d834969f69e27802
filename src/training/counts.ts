import { type Detector, exposeDetector } from '../spectrum/detector.js'
import type { Random } from '../spectrum/random.js'

/** How a ratio is measured by the emulated instrument. */
export interface CountsPlan {
  readonly detector: Detector
  /** Light without anything in its way, counts per millisecond, one value a pixel. */
  readonly lampPerMs: Float64Array
  readonly exposureMs: number
  /** Optical density of the filter that the white is taken through; 0: bare white. */
  readonly density: number
  /** Frames averaged for the sample, and for each reference. */
  readonly averages: number
  readonly referenceAverages: number
}

/**
 * A way to send ratios (1 is the bare white) through counts: every call exposes dark, white behind the filter, the dark of the white,
 * and sample anew, rounds and clips them, and forms ((S-D)/t) / ((W-Dw)/t) * 10^-density as the agent's calibration does
 * (DESIGN section 1, "ratio"). A pixel that saturated in any frame comes back as NaN, as does one without light on the white.
 */
export const throughCounts = (plan: CountsPlan): ((ratio: Float64Array, random: Random) => Float64Array) => {
  const { lampPerMs, density, averages, referenceAverages } = plan
  const nothing = new Float64Array(lampPerMs.length)
  const filtered = lampPerMs.map((light) => light * 10 ** -density)
  return (ratio, random) => {
    const sample = average(
      plan,
      lampPerMs.map((light, i) => light * (ratio[i] ?? Number.NaN)),
      averages,
      random,
    )
    const dark = average(plan, nothing, referenceAverages, random)
    const white = average(plan, filtered, referenceAverages, random)
    const whiteDark = average(plan, nothing, referenceAverages, random)
    return sample.map((counts, i) => {
      const light = (white[i] ?? Number.NaN) - (whiteDark[i] ?? Number.NaN)
      return light > 0 && !Number.isNaN(ratio[i] ?? Number.NaN) ? ((counts - (dark[i] ?? Number.NaN)) / light) * 10 ** -density : Number.NaN
    })
  }
}

const average = ({ detector, exposureMs }: CountsPlan, perMs: Float64Array, frames: number, random: Random): Float64Array => {
  const sum = new Float64Array(perMs.length)
  const frame = new Float64Array(perMs.length)
  for (let n = 0; n < frames; n++) {
    exposeDetector(detector, perMs, exposureMs, random, frame)
    frame.forEach((counts, i) => {
      sum[i] = counts >= detector.fullScale ? Number.NaN : (sum[i] ?? 0) + counts / frames
    })
  }
  return sum
}
