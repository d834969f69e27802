import { z } from 'zod'
import type { Unfit } from './contract.js'
import { operation } from './operation.js'

const outside: Unfit = { flag: 'degenerate', why: 'nonlinearity: the polynomial of the detector is not positive at a count that was measured' }

/**
 * Detector linearity (Ocean Insight OOI protocol, EEPROM slots 6 to 13): b = mean of the electrically dark pixels, v = S - b, v / poly(v)
 * with ascending coefficients; with `keep_dark` b is added back. Counts in, counts out. NaN stays where it was.
 */
export const nonlinearity = operation(
  z.strictObject({
    coefficients: z.array(z.number()).min(1).max(16),
    dark_pixels: z.array(z.number().int().min(0)).min(1).max(4096),
    keep_dark: z.boolean(),
  }),
  ({ coefficients, dark_pixels, keep_dark }, axis, refuse) => {
    const wrong = dark_pixels.find((pixel) => pixel >= axis.values.length)
    if (wrong !== undefined) throw refuse(`dark pixel ${wrong}`, `0 to ${axis.values.length - 1}`)
    const apply = linearizer(coefficients, dark_pixels, keep_dark)
    return { kind: 'free', output: axis, depends: 'all', run: (input, output) => (apply(input, output) ? null : outside) }
  },
)

/**
 * The correction as a loop over one spectrum. Without dark pixels the baseline is 0: the counts are taken as they are.
 * Where the polynomial is 0 or negative at a count, that count is outside what it was made for: the pixel becomes NaN and the result false.
 */
export const linearizer = (coefficients: readonly number[], darkPixels: readonly number[], keepDark: boolean) => {
  const poly = Float64Array.from(coefficients)
  const dark = Int32Array.from(darkPixels)
  return (input: Float64Array, output: Float64Array): boolean => {
    let baseline = 0
    for (let k = 0; k < dark.length; k++) baseline += (input[dark[k] ?? 0] ?? 0) / dark.length
    const back = keepDark ? baseline : 0
    let positive = true
    for (let i = 0; i < output.length; i++) {
      const v = (input[i] ?? 0) - baseline
      let factor = 0
      for (let k = poly.length - 1; k >= 0; k--) factor = factor * v + (poly[k] ?? 0)
      if (factor <= 0) positive = false
      output[i] = factor <= 0 ? Number.NaN : v / factor + back
    }
    return positive
  }
}
