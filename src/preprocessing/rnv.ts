import { z } from 'zod'
import type { Unfit } from './contract.js'
import { nanPolicy, operation } from './operation.js'
import { medianOf, quantileOf } from './order-statistics.js'
import { localVariate } from './rnv-local.js'

/** A divisor at or below this part of the largest absolute value is rounding noise. */
const FLAT = 1e-12
/** Median absolute deviation to standard deviation, for normal noise. */
const NORMAL = 1.4826

const flat: Unfit = { flag: 'degenerate', why: 'rnv: the spectrum is flat where its spread is taken, the divisor is 0' }
const masked: Unfit = { flag: 'masked', why: 'rnv: a channel holds no valid value, and the chain does not allow to skip it' }
const few: Unfit = { flag: 'masked', why: 'rnv: fewer than 2 channels hold a valid value' }

/** Centre and spread of the first `count` values, which may be reordered; `kept` are they in their order. */
type Measure = (values: Float64Array, count: number, kept: Float64Array, found: Float64Array) => void

/**
 * Normal variate by robust or local statistics. percentile: P the `q`-th percentile (linear between order statistics), y = (x - P) / sd
 * of the values up to P, divisor n (Guo, Wu, Massart 1999, Analytica Chimica Acta 382:87). median_mad: y = (x - median) / (k MAD), `k`
 * absent: 1.4826. local: y_i = (x_i - mean) / sd (divisor n) over an odd `window` around i, ends by `pad`: `reflect` (edge not
 * repeated) or `edge` (edge value repeated). `nan: "skip"`: statistics over the finite points; a NaN stays where it was.
 */
export const rnv = operation(
  z.discriminatedUnion('method', [
    z.strictObject({ method: z.literal('percentile'), q: z.number().min(0).max(100), nan: nanPolicy }),
    z.strictObject({ method: z.literal('median_mad'), k: z.number().positive().optional(), nan: nanPolicy }),
    z.strictObject({ method: z.literal('local'), window: z.number().int().min(3), pad: z.enum(['reflect', 'edge']), nan: nanPolicy }),
  ]),
  (parameters, axis, refuse) => {
    const skips = parameters.nan === 'skip'
    if (parameters.method === 'local') return localVariate(parameters.window, parameters.pad, skips, axis, refuse)
    const measure = parameters.method === 'percentile' ? percentile(parameters.q / 100) : medianMad(parameters.k ?? NORMAL)
    const n = axis.values.length
    const kept = new Float64Array(n)
    const values = new Float64Array(n)
    const found = new Float64Array(2)
    return {
      kind: 'free',
      output: axis,
      depends: 'all',
      run: (input, output) => {
        let count = 0
        let largest = 0
        for (let i = 0; i < n; i++) {
          const value = input[i] ?? 0
          if (Number.isNaN(value)) continue
          kept[count++] = value
          if (Math.abs(value) > largest) largest = Math.abs(value)
        }
        if (count < n && !skips) return masked
        if (count < 2) return few
        values.set(kept)
        measure(values, count, kept, found)
        const centre = found[0] ?? 0
        const spread = found[1] ?? 0
        if (!(spread > FLAT * largest)) return flat
        for (let i = 0; i < n; i++) output[i] = ((input[i] ?? 0) - centre) / spread
        return null
      },
    }
  },
)

const medianMad =
  (k: number): Measure =>
  (values, count, _, found) => {
    const median = medianOf(values, count)
    for (let i = 0; i < count; i++) values[i] = Math.abs((values[i] ?? 0) - median)
    found[0] = median
    found[1] = k * medianOf(values, count)
  }

const percentile =
  (fraction: number): Measure =>
  (values, count, kept, found) => {
    const limit = quantileOf(values, count, fraction)
    let below = 0
    let sum = 0
    for (let i = 0; i < count; i++) {
      const value = kept[i] ?? 0
      if (!(value <= limit)) continue
      below++
      sum += value
    }
    const mean = sum / below
    let squares = 0
    for (let i = 0; i < count; i++) {
      const value = kept[i] ?? 0
      if (value <= limit) squares += (value - mean) * (value - mean)
    }
    found[0] = limit
    found[1] = Math.sqrt(squares / below)
  }
