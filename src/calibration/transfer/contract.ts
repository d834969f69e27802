import { z } from 'zod'

/** Most channels of a spectrum, as in a chain. */
const MAX_CHANNELS = 16_384
/** Most paired standards of one transfer, and so most directions of a direct standardization. */
export const MAX_STANDARDS = 1024
/** Widest half window of a piecewise transfer, in channels. */
export const MAX_HALF_WINDOW = 256

const finite = z.number().refine(Number.isFinite, 'a finite number')
const channels = z.array(finite).min(1).max(MAX_CHANNELS)

/**
 * Direct standardization y = (x - slaveMean) F + masterMean, F kept by its directions: F = sum over d of slaveDirections[d]'
 * masterDirections[d]. Far fewer numbers than F itself, which is channels x channels.
 */
const ds = z
  .strictObject({
    method: z.literal('ds'),
    slaveMean: channels,
    masterMean: channels,
    slaveDirections: z.array(channels).max(MAX_STANDARDS),
    masterDirections: z.array(channels).max(MAX_STANDARDS),
  })
  .refine(
    ({ slaveMean, masterMean, slaveDirections, masterDirections }) =>
      slaveDirections.length === masterDirections.length &&
      slaveDirections.every((row) => row.length === slaveMean.length) &&
      masterDirections.every((row) => row.length === masterMean.length),
    'as many directions of either side, each as long as the mean of its side',
  )
export type DirectStandardization = z.output<typeof ds>

/** Piecewise direct standardization y_j = offsets[j] + sum over k of windows[j][k] x[max(0, j - halfWindow) + k]. */
const pds = z
  .strictObject({
    method: z.literal('pds'),
    halfWindow: z.number().int().min(0).max(MAX_HALF_WINDOW),
    offsets: channels,
    windows: z.array(z.array(finite)).max(MAX_CHANNELS),
  })
  .refine(
    ({ halfWindow, offsets, windows }) =>
      windows.length === offsets.length &&
      windows.every((row, j) => row.length === Math.min(offsets.length - 1, j + halfWindow) - Math.max(0, j - halfWindow) + 1),
    'a window for each channel, clipped at the ends',
  )
export type PiecewiseStandardization = z.output<typeof pds>

/** corrected = bias + slope prediction. */
const slopeBias = z.strictObject({ method: z.literal('slope_bias'), slope: finite, bias: finite })
export type SlopeBias = z.output<typeof slopeBias>

/** corrected = prediction + bias. */
const bias = z.strictObject({ method: z.literal('bias'), bias: finite })
export type Bias = z.output<typeof bias>

/**
 * What was fitted between two instruments: plain data that lives with the instrument, never in the bundle (DESIGN section 5). `ds` and
 * `pds` change spectra of the slave into what the master would have seen; `slope_bias` and `bias` change predictions.
 */
export const transferSchema = z.discriminatedUnion('method', [ds, pds, slopeBias, bias])
export type Transfer = z.output<typeof transferSchema>

/** A transfer of spectra at work; `run` allocates nothing, `input` and `output` are different arrays. A NaN spreads to every channel that uses it. */
export interface SpectrumTransfer {
  readonly inputs: number
  readonly outputs: number
  run(input: Float64Array, output: Float64Array): void
}
