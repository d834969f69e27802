import { z } from 'zod'
import type { Axis } from '../spectrum/axis.js'
import type { Unfit } from './contract.js'
import { nanPolicy, operation } from './operation.js'

/** A divisor at or below this part of the sizes it was made from is rounding noise. */
const NOTHING = 1e-12
/** A sum or area that cancels to this part of its terms is that of a centred spectrum or a derivative: noise of its last digits. */
const CANCELLED = 1e-6

const degenerate: Unfit = { flag: 'degenerate', why: 'normalize: the divisor is 0' }
const masked: Unfit = { flag: 'masked', why: 'normalize: a channel holds no valid value, and the chain does not allow to skip it' }
const empty: Unfit = { flag: 'masked', why: 'normalize: what it divides by holds no valid value' }

/**
 * One size for all spectra. minmax: (x - min) / (max - min); max: x / max; sum: x / sum x; l1: x / sum |x|; l2: x / sqrt(sum x^2);
 * area: x / trapezoid(x, axis); peak: x / x at the channel nearest `position`. `nan: "skip"`: over the finite points (not for area).
 */
export const normalize = operation(
  z.discriminatedUnion('method', [
    z.strictObject({ method: z.literal('minmax'), nan: nanPolicy }),
    z.strictObject({ method: z.literal('max'), nan: nanPolicy }),
    z.strictObject({ method: z.literal('sum'), nan: nanPolicy }),
    z.strictObject({ method: z.literal('l1'), nan: nanPolicy }),
    z.strictObject({ method: z.literal('l2'), nan: nanPolicy }),
    z.strictObject({ method: z.literal('area'), rule: z.literal('trapezoid'), nan: z.literal('refuse').optional() }),
    z.strictObject({ method: z.literal('peak'), position: z.number(), nan: nanPolicy }),
  ]),
  (parameters, axis, refuse) => {
    const { method } = parameters
    const low = axis.values[0] ?? 0
    const high = axis.values.at(-1) ?? 0
    if (method === 'peak' && (parameters.position < low || parameters.position > high))
      throw refuse(`position ${parameters.position}`, `${low} to ${high}`)
    const peak = method === 'peak' ? nearest(axis, parameters.position) : 0
    const widths = trapezoidWidths(axis)
    const skips = parameters.nan === 'skip'
    return {
      kind: 'free',
      output: axis,
      depends: 'all',
      run: (input, output) => {
        let count = 0
        let min = Number.POSITIVE_INFINITY
        let max = Number.NEGATIVE_INFINITY
        let sum = 0
        let sizes = 0
        let squares = 0
        let area = 0
        let areaSizes = 0
        for (let i = 0; i < input.length; i++) {
          const value = input[i] ?? 0
          if (Number.isNaN(value)) continue
          count++
          if (value < min) min = value
          if (value > max) max = value
          sum += value
          sizes += Math.abs(value)
          squares += value * value
          area += value * (widths[i] ?? 0)
          areaSizes += Math.abs(value) * (widths[i] ?? 0)
        }
        if (count < input.length && !skips) return masked
        if (count === 0 || (method === 'peak' && Number.isNaN(input[peak]))) return empty
        const largest = Math.max(Math.abs(min), Math.abs(max))
        const offset = method === 'minmax' ? min : 0
        let divisor = sum
        let scale = sizes
        if (method === 'minmax') [divisor, scale] = [max - min, largest]
        else if (method === 'max') [divisor, scale] = [max, largest]
        else if (method === 'l1') divisor = sizes
        else if (method === 'l2') [divisor, scale] = [Math.sqrt(squares), largest]
        else if (method === 'area') [divisor, scale] = [area, areaSizes]
        else if (method === 'peak') [divisor, scale] = [input[peak] ?? 0, largest]
        if (!(Math.abs(divisor) > (method === 'sum' || method === 'area' ? CANCELLED : NOTHING) * scale)) return degenerate
        for (let i = 0; i < output.length; i++) output[i] = ((input[i] ?? 0) - offset) / divisor
        return null
      },
    }
  },
)

const nearest = ({ values }: Axis, position: number): number =>
  values.reduce((best, value, i) => (Math.abs(value - position) < Math.abs((values[best] ?? 0) - position) ? i : best), 0)

/** What each channel counts for in the trapezoid rule: half the way to each neighbour. */
const trapezoidWidths = ({ values }: Axis): Float64Array =>
  Float64Array.from(values, (value, i) => ((values[i + 1] ?? value) - (values[i - 1] ?? value)) / 2)
