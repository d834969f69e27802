import { z } from 'zod'
import { operation } from './operation.js'
import { medianOf } from './order-statistics.js'

/** The median absolute deviation of normal noise is this many standard deviations. */
const MAD_PART = 0.6745
/** A median absolute deviation at or below this part of the largest absolute value is rounding noise: the spectrum is smooth, no spike is called. */
const NOTHING = 1e-12

const spread = { threshold: z.number().positive() }
const reach = z.number().int().min(1).max(1024)

/**
 * Spikes of cosmic rays (Whitaker, Hayes 2018, Chemometrics and Intelligent Laboratory Systems 179:82): d = diff x,
 * z = 0.6745 (d - median d) / MAD d, a spike where |z| > `threshold`; it becomes the mean of the good points around. Two conventions:
 * `both_ends`: d of i to i+1 flags both points; neighbours are the good points within `m`; one pass. A spike without any is masked.
 * `ramanspy`: d of i to i+1 flags point i alone (a spike in the last channel stays); neighbours i-kernel to i+kernel without the last
 * channel; a point counts as good as soon as it was replaced; passes until none is flagged.
 * MAD 0: no flag. A NaN stays where it was and counts for nothing.
 */
export const despike = operation(
  z.discriminatedUnion('variant', [
    z.strictObject({ variant: z.literal('both_ends'), ...spread, m: reach }),
    z.strictObject({ variant: z.literal('ramanspy'), ...spread, kernel: reach }),
  ]),
  (parameters, axis) => {
    const n = axis.values.length
    const scratch = new Float64Array(n - 1)
    const flagged = new Uint8Array(n)
    const { variant, threshold } = parameters
    const around = variant === 'both_ends' ? parameters.m : parameters.kernel
    const replace = variant === 'both_ends' ? replaceAtOnce : replaceInPlace
    return {
      kind: 'free',
      output: axis,
      depends: 'all',
      run: (input, output) => {
        output.set(input)
        if (flag(input, threshold, variant === 'both_ends', scratch, flagged)) replace(input, output, flagged, around)
        return null
      },
    }
  },
)

/** Marks the spikes; false where there is none. */
const flag = (x: Float64Array, threshold: number, bothEnds: boolean, scratch: Float64Array, flagged: Uint8Array): boolean => {
  flagged.fill(0)
  let count = 0
  let largest = 0
  for (let i = 0; i + 1 < x.length; i++) {
    const size = Math.abs(x[i] ?? 0)
    if (size > largest) largest = size
    const d = (x[i + 1] ?? 0) - (x[i] ?? 0)
    if (!Number.isNaN(d)) scratch[count++] = d
  }
  if (count === 0) return false
  const median = medianOf(scratch, count)
  for (let k = 0; k < count; k++) scratch[k] = Math.abs((scratch[k] ?? 0) - median)
  const mad = medianOf(scratch, count)
  if (!(mad > NOTHING * largest)) return false
  let any = false
  for (let i = 0; i + 1 < x.length; i++) {
    const d = (x[i + 1] ?? 0) - (x[i] ?? 0)
    if (!(Math.abs((MAD_PART * (d - median)) / mad) > threshold)) continue
    any = true
    flagged[i] = 1
    if (bothEnds) flagged[i + 1] = 1
  }
  return any
}

const replaceAtOnce = (input: Float64Array, output: Float64Array, flagged: Uint8Array, around: number) => {
  for (let i = 0; i < input.length; i++) if (flagged[i] === 1) output[i] = goodMean(input, flagged, i - around, i + around + 1)
}

/** Every pass that changes anything clears a flag, so there are fewer passes than channels. */
const replaceInPlace = (_: Float64Array, output: Float64Array, flagged: Uint8Array, around: number) => {
  const last = output.length - 1
  for (let changed = true; changed; ) {
    changed = false
    for (let i = 0; i < last; i++) {
      if (flagged[i] === 0) continue
      const value = goodMean(output, flagged, i - around, Math.min(last, i + 1 + around))
      if (Number.isNaN(value)) continue
      output[i] = value
      flagged[i] = 0
      changed = true
    }
  }
}

/** Mean of what is neither flagged nor NaN in channels `[from, to)`; NaN where there is nothing. */
const goodMean = (x: Float64Array, flagged: Uint8Array, from: number, to: number): number => {
  let sum = 0
  let count = 0
  for (let i = Math.max(0, from); i < Math.min(x.length, to); i++) {
    const value = x[i] ?? 0
    if (flagged[i] === 1 || Number.isNaN(value)) continue
    sum += value
    count++
  }
  return sum / count
}
