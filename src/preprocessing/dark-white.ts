import { z } from 'zod'
import { list, operation, perChannel } from './operation.js'
import { whiteGain } from './white-gain.js'

/**
 * Ratio to a white: R = reference_reflectance ((S - dark) / t_sample) / ((W - white_dark) / t_white). Counts in, ratio out; times in any
 * one unit, both or neither. Masked: W - white_dark below `min_white` counts, S or W at or above `saturation` counts.
 * For chains on stored counts; the agent's own references go through `src/calibration`, by the same formula.
 */
export const darkWhite = operation(
  z.strictObject({
    dark: list,
    white: list,
    /** Dark at the exposure of the white; absent: `dark` served for both. */
    white_dark: list.optional(),
    reference_reflectance: list.optional(),
    t_sample: z.number().positive().optional(),
    t_white: z.number().positive().optional(),
    min_white: z.number().min(0).optional(),
    saturation: z.number().positive().optional(),
  }),
  (parameters, axis, refuse) => {
    const { t_sample, t_white, min_white = 0, saturation = Number.POSITIVE_INFINITY } = parameters
    if ((t_sample === undefined) !== (t_white === undefined)) throw refuse('only one of t_sample and t_white', 'both or neither')
    const dark = perChannel(parameters.dark, 'dark', axis, refuse)
    const whiteDark = parameters.white_dark ? perChannel(parameters.white_dark, 'white_dark', axis, refuse) : dark
    const white = perChannel(parameters.white, 'white', axis, refuse)
    const light = white.map((counts, i) => (counts >= saturation ? Number.NaN : counts - (whiteDark[i] ?? 0)))
    const reflectance = parameters.reference_reflectance
    const attenuation = reflectance ? perChannel(reflectance, 'reference_reflectance', axis, refuse) : 1
    const gain = whiteGain(light, (t_white ?? 1) / (t_sample ?? 1), attenuation, min_white)
    return {
      kind: 'free',
      output: axis,
      depends: 'own',
      never: Uint8Array.from(gain, (factor) => (Number.isNaN(factor) ? 1 : 0)),
      run: (input, output) => {
        for (let i = 0; i < output.length; i++) {
          const counts = input[i] ?? 0
          output[i] = counts >= saturation ? Number.NaN : (counts - (dark[i] ?? 0)) * (gain[i] ?? 0)
        }
        return null
      },
    }
  },
)
