import { z } from 'zod'
import type { Axis } from '../../spectrum/axis.js'
import type { Unfit } from '../contract.js'
import { bridgeGaps, countGaps, gapReasons } from '../gaps.js'
import { hullRunner } from '../hull.js'
import { MAX_CHANNELS, nanPolicy, operation, type Refuse } from '../operation.js'
import { rollingBall } from './rolling-ball.js'
import { snip } from './snip.js'

const halfWindow = z.number().int().max(MAX_CHANNELS)

const { masked, few } = gapReasons('baseline_morph')
const negative: Unfit = { flag: 'degenerate', why: 'baseline_morph: a value below -1, which has no log-log-square-root' }

const forms = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('rolling_ball'), half_window: halfWindow.min(1), smooth_half_window: halfWindow.min(0), nan: nanPolicy }),
  z.strictObject({
    method: z.literal('snip'),
    max_half_window: halfWindow.min(1),
    decreasing: z.boolean(),
    smooth_half_window: halfWindow.min(0).optional(),
    lls: z.boolean().optional(),
    pad: z.enum(['none', 'extrapolate']),
    nan: nanPolicy,
  }),
  z.strictObject({ method: z.literal('rubberband'), nan: nanPolicy }),
])
type Form = z.output<typeof forms>

/**
 * Baseline from what lies under the peaks, subtracted. rolling_ball (Kneen, Annegarn 1996, NIM B 109:209): opening over `half_window`
 * channels to each side, then a moving average over `smooth_half_window`. snip (Ryan et al. 1988, NIM B 34:396; Morhac, Matousek 2008,
 * Applied Spectroscopy 62:91): z_i <- min(z_i, (z_(i-k) + z_(i+k)) / 2) for k up to `max_half_window`, down from it with `decreasing`.
 * rubberband: the lower convex hull over the axis values. `nan: "skip"`: a gap is bridged by a straight line while the baseline is
 * sought (rubberband: is no vertex), and stays NaN.
 */
export const baselineMorph = operation(forms, (parameters, axis, refuse) => {
  const n = axis.values.length
  const baseline = sought(parameters, axis, refuse)
  const bridged = new Float64Array(n)
  return {
    kind: 'free',
    output: axis,
    depends: 'all',
    run: (input, output) => {
      const gaps = countGaps(input)
      if (gaps > 0 && parameters.nan !== 'skip') return masked
      if (n - gaps < 2) return few
      let from = input
      if (gaps > 0 && parameters.method !== 'rubberband') {
        bridgeGaps(input, bridged)
        from = bridged
      }
      if (!baseline(from, output)) return negative
      for (let i = 0; i < n; i++) output[i] = (input[i] ?? 0) - (output[i] ?? 0)
      return null
    },
  }
})

/** Fills the second array with the baseline of the first; false where the transform of snip is not defined. */
const sought = (parameters: Form, axis: Axis, refuse: Refuse): ((values: Float64Array, baseline: Float64Array) => boolean) => {
  const n = axis.values.length
  const most = Math.floor((n - 1) / 2)
  const check = (name: string, half: number) => {
    if (half > most) throw refuse(`${name} ${half}`, `at most ${most} on ${n} channels`)
  }
  if (parameters.method === 'rubberband') {
    const hull = hullRunner(axis.values, 'lower')
    return (values, baseline) => hull(values, baseline) > 1
  }
  check('smooth_half_window', parameters.smooth_half_window ?? 0)
  if (parameters.method === 'rolling_ball') {
    check('half_window', parameters.half_window)
    return rollingBall(n, parameters.half_window, parameters.smooth_half_window)
  }
  check('max_half_window', parameters.max_half_window)
  const { max_half_window, decreasing, smooth_half_window = 0, lls = false, pad } = parameters
  return snip(n, { most: max_half_window, decreasing, smooth: smooth_half_window, lls, padded: pad === 'extrapolate' })
}
