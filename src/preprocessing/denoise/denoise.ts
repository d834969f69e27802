import { z } from 'zod'
import { MAX_LAMBDA } from '../banded.js'
import { list, MAX_CHANNELS, nanPolicy, operation } from '../operation.js'
import { smoothed } from './kernel.js'
import { lowPass } from './low-pass.js'
import { median } from './median.js'
import { wavelet } from './wavelet.js'
import { whittaker } from './whittaker.js'

/** Widest Gaussian, in channels, and its longest reach, in multiples of sigma. */
const MAX_SIGMA = 1000
const MAX_TRUNCATE = 10
/** Most levels of a wavelet transform: each halves the channels. */
const MAX_LEVEL = 16

const window = z.number().int().min(1).max(MAX_CHANNELS)
const mode = z.enum(['nearest', 'mirror', 'wrap'])
const refused = z.literal('refuse').optional()

/**
 * Less noise, same channels. moving_average, gaussian (weights exp(-x^2 / (2 sigma^2)) to `truncate` sigma), median: over an odd window,
 * beyond the ends by `mode` (edge value, reflection without the edge, other end); a NaN spreads to the windows that cover it.
 * whittaker (Eilers 2003, Analytical Chemistry 75:3631): (I + lam D'D) z = x; with `nan: "skip"` a masked channel has no weight and
 * stays NaN. fourier: the bins of the real transform up to floor(cutoff n / 2) are kept, the others set to 0. wavelet (Donoho 1995, IEEE
 * Transactions on Information Theory 41:613): details shrunk by sigma sqrt(2 ln n), sigma = median |finest details| / 0.6745, with the
 * filters of the orthogonal `wavelet` as PyWavelets lists them. The last two need every channel.
 */
export const denoise = operation(
  z.discriminatedUnion('method', [
    z.strictObject({ method: z.literal('moving_average'), window, mode }),
    z.strictObject({
      method: z.literal('gaussian'),
      sigma: z.number().positive().max(MAX_SIGMA),
      truncate: z.number().positive().max(MAX_TRUNCATE),
      mode,
    }),
    z.strictObject({ method: z.literal('median'), window, mode }),
    z.strictObject({ method: z.literal('whittaker'), lam: z.number().positive().max(MAX_LAMBDA), diff_order: z.literal([1, 2]), nan: nanPolicy }),
    z.strictObject({ method: z.literal('fourier'), cutoff: z.number().min(0).max(1), rule: z.literal('floor'), nan: refused }),
    z.strictObject({
      method: z.literal('wavelet'),
      wavelet: z.string().min(1).max(32),
      level: z.number().int().min(1).max(MAX_LEVEL),
      threshold: z.literal('soft'),
      mode: z.literal('periodization'),
      dec_lo: list,
      dec_hi: list,
      rec_lo: list,
      rec_hi: list,
      nan: refused,
    }),
  ]),
  (parameters, axis, refuse) => {
    switch (parameters.method) {
      case 'moving_average':
        return smoothed(Array<number>(parameters.window).fill(1), parameters.mode, axis, refuse)
      case 'gaussian':
        return smoothed(gaussianWeights(parameters.sigma, parameters.truncate), parameters.mode, axis, refuse)
      case 'median':
        return median(parameters.window, parameters.mode, axis, refuse)
      case 'whittaker':
        return whittaker(parameters.lam, parameters.diff_order, parameters.nan === 'skip', axis, refuse)
      case 'fourier':
        return lowPass(parameters.cutoff, axis)
      case 'wavelet':
        return wavelet(parameters, axis, refuse)
    }
  },
)

/** As scipy.ndimage cuts them: to the whole channel nearest `truncate` sigma. */
const gaussianWeights = (sigma: number, truncate: number): readonly number[] => {
  const reach = Math.floor(truncate * sigma + 0.5)
  return Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-((k - reach) ** 2) / (2 * sigma * sigma)))
}
