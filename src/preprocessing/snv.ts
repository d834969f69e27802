import { z } from 'zod'
import type { Unfit } from './contract.js'
import { nanPolicy, operation } from './operation.js'

/** A standard deviation at or below this part of the largest absolute value is rounding noise. */
const FLAT = 1e-12

const flat: Unfit = { flag: 'degenerate', why: 'snv: the spectrum is flat, its standard deviation is 0' }
const masked: Unfit = { flag: 'masked', why: 'snv: a channel holds no valid value, and the chain does not allow to skip it' }
const few: Unfit = { flag: 'masked', why: 'snv: fewer than 2 channels hold a valid value' }

/**
 * Standard normal variate (Barnes, Dhanoa, Lister 1989, Applied Spectroscopy 43:772): y = (x - mean) / sd.
 * `ddof` 0 divides by n (numpy, chemotools), 1 by n - 1 (R, prospectr). `nan: "skip"`: statistics over the finite points.
 */
export const snv = operation(z.strictObject({ ddof: z.literal([0, 1]), nan: nanPolicy }), ({ ddof, nan }, axis) => ({
  kind: 'free',
  output: axis,
  depends: 'all',
  run: nan === 'skip' ? skipping(ddof) : refusing(ddof),
}))

const refusing = (ddof: number) => (input: Float64Array, output: Float64Array) => {
  const n = input.length
  // Four sums side by side: one alone waits for each addition before the next.
  const fours = n - (n % 4)
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  for (let i = 0; i < fours; i += 4) {
    s0 += input[i] ?? 0
    s1 += input[i + 1] ?? 0
    s2 += input[i + 2] ?? 0
    s3 += input[i + 3] ?? 0
  }
  for (let i = fours; i < n; i++) s0 += input[i] ?? 0
  const sum = s0 + s1 + (s2 + s3)
  if (Number.isNaN(sum)) return masked
  const mean = sum / n
  let q0 = 0
  let q1 = 0
  let q2 = 0
  let q3 = 0
  for (let i = 0; i < fours; i += 4) {
    const d0 = (input[i] ?? 0) - mean
    const d1 = (input[i + 1] ?? 0) - mean
    const d2 = (input[i + 2] ?? 0) - mean
    const d3 = (input[i + 3] ?? 0) - mean
    q0 += d0 * d0
    q1 += d1 * d1
    q2 += d2 * d2
    q3 += d3 * d3
  }
  for (let i = fours; i < n; i++) q0 += ((input[i] ?? 0) - mean) ** 2
  const squares = q0 + q1 + (q2 + q3)
  const sd = Math.sqrt(squares / (n - ddof))
  // No value is larger than this: the largest one itself is looked for only where it could matter.
  if (!(sd > FLAT * (Math.abs(mean) + Math.sqrt(squares))) && !(sd > FLAT * largestOf(input))) return flat
  const scale = 1 / sd
  for (let i = 0; i < n; i++) output[i] = ((input[i] ?? 0) - mean) * scale
  return null
}

const largestOf = (input: Float64Array): number => {
  let largest = 0
  for (let i = 0; i < input.length; i++) largest = Math.max(largest, Math.abs(input[i] ?? 0))
  return largest
}

const skipping = (ddof: number) => {
  const whole = refusing(ddof)
  return (input: Float64Array, output: Float64Array) => {
    const unfit = whole(input, output)
    if (unfit !== masked) return unfit
    let count = 0
    let sum = 0
    let largest = 0
    for (let i = 0; i < input.length; i++) {
      const value = input[i] ?? 0
      if (Number.isNaN(value)) continue
      count++
      sum += value
      largest = Math.max(largest, Math.abs(value))
    }
    if (count < 2) return few
    const mean = sum / count
    let squares = 0
    for (let i = 0; i < input.length; i++) {
      const centred = (input[i] ?? 0) - mean
      if (!Number.isNaN(centred)) squares += centred * centred
    }
    const sd = Math.sqrt(squares / (count - ddof))
    if (!(sd > FLAT * largest)) return flat
    for (let i = 0; i < input.length; i++) output[i] = ((input[i] ?? 0) - mean) / sd
    return null
  }
}
