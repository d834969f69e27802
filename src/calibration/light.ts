import { linearizer } from '../preprocessing/nonlinearity.js'

/** What calibration must know of the detector (part of an instrument's identity). */
export interface DetectorFacts {
  readonly fullScale: number
  /** Electrically dark pixels, zero based; empty where there are none. */
  readonly darkPixels: readonly number[]
  /** Ascending coefficients of the linearity polynomial; null where none is known. */
  readonly linearity: readonly number[] | null
}

/**
 * Light = counts - dark, both made linear first, pixel by pixel into `out`. Counts beyond what the polynomial was made for become NaN.
 * With electrically dark pixels each readout is corrected on its own baseline (OOI protocol, section 6 of the notes on it): the electronic
 * offset drifts between the two. Without them the measured dark is the best baseline there is, and the difference is corrected.
 */
export type Light = (counts: Float64Array, dark: Float64Array, out: Float64Array) => void

export const lightOf = ({ darkPixels, linearity }: DetectorFacts): Light => {
  if (linearity === null) return subtract
  const linear = linearizer(linearity, darkPixels, false)
  if (darkPixels.length === 0)
    return (counts, dark, out) => {
      subtract(counts, dark, out)
      linear(out, out)
    }
  let linearDark = new Float64Array(0)
  return (counts, dark, out) => {
    if (linearDark.length !== dark.length) linearDark = new Float64Array(dark.length)
    linear(dark, linearDark)
    linear(counts, out)
    subtract(out, linearDark, out)
  }
}

const subtract: Light = (counts, dark, out) => {
  for (let i = 0; i < out.length; i++) out[i] = (counts[i] ?? 0) - (dark[i] ?? 0)
}
