import type { Detector } from '../../src/spectrum/detector.js'

/** What the sensor's own search for an exposure works towards. Pixels count from 1, both ends included. */
export interface AutoExpose {
  readonly maxTries: number
  readonly startPixel: number
  readonly stopPixel: number
  /** Counts that the brightest pixel shall have, and how far off is still good. */
  readonly target: number
  readonly tolerance: number
  readonly maxExposure: number
}

/** The page gives the useful pixels (7 to 392) and the largest exposure; the other power-on values are our own choice. */
export const defaultAutoExpose: AutoExpose = { maxTries: 12, startPixel: 7, stopPixel: 392, target: 46_420, tolerance: 3277, maxExposure: 65_500 }

const MAX_PIXEL = 784
const CYCLES = { min: 2, max: 65_500 }

/** The eleven bytes of Get- and SetAutoExposeConfig: tries (1), then five big-endian words in the order of the page. */
export const writeAutoExpose = (config: AutoExpose): readonly number[] => [
  config.maxTries,
  ...[config.startPixel, config.stopPixel, config.target, config.tolerance, config.maxExposure].flatMap((word) => [word >> 8, word & 0xff]),
]

/** null where the sensor would refuse. */
export const readAutoExpose = (bytes: DataView): AutoExpose | null => {
  const config = {
    maxTries: bytes.getUint8(0),
    startPixel: bytes.getUint16(1),
    stopPixel: bytes.getUint16(3),
    target: bytes.getUint16(5),
    tolerance: bytes.getUint16(7),
    maxExposure: bytes.getUint16(9),
  }
  const pixelsFit = config.startPixel >= 1 && config.startPixel <= config.stopPixel && config.stopPixel <= MAX_PIXEL
  const exposureFits = config.maxExposure >= CYCLES.min && config.maxExposure <= CYCLES.max
  return config.maxTries >= 1 && pixelsFit && exposureFits ? config : null
}

/** The exposure to try next, in cycles: light is proportional to it; a clipped peak tells no more than that it is far too long. */
export const nextCycles = (config: AutoExpose, cycles: number, peak: number, { fullScale, darkCounts }: Detector): number => {
  const factor = peak >= fullScale ? 0.25 : Math.max(0, config.target - darkCounts) / Math.max(1, peak - darkCounts)
  return Math.min(config.maxExposure, Math.max(CYCLES.min, Math.round(cycles * factor)))
}
