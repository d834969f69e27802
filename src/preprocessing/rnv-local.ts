import type { Axis } from '../spectrum/axis.js'
import type { Unfit } from './contract.js'
import { MAX_TAPS } from './linear-map.js'
import type { Refuse } from './operation.js'
import type { FreeStage } from './stage.js'

/** A standard deviation at or below this part of the largest absolute value in its window is rounding noise. */
const FLAT = 1e-12

const flat: Unfit = { flag: 'degenerate', why: 'rnv: a window is flat, its standard deviation is 0' }
const masked: Unfit = { flag: 'masked', why: 'rnv: a channel holds no valid value, and the chain does not allow to skip it' }
const few: Unfit = { flag: 'masked', why: 'rnv: fewer than 2 channels of a window hold a valid value' }

/**
 * Local standard normal variate: each channel by mean and standard deviation (divisor n) of its window. Two passes over each window:
 * running sums would lose the digits that a small spread on a high level needs.
 */
export const localVariate = (window: number, pad: 'reflect' | 'edge', skips: boolean, axis: Axis, refuse: Refuse): FreeStage => {
  const n = axis.values.length
  if (window % 2 === 0) throw refuse(`window ${window}`, 'an odd window')
  if (window > n) throw refuse(`window ${window}`, `at most ${n}, the number of channels here`)
  if (n * window > MAX_TAPS) throw refuse(`window ${window} on ${n} channels`, `at most ${Math.floor(MAX_TAPS / n)} on so many channels`)
  const half = (window - 1) / 2
  const padded = new Float64Array(n + 2 * half)
  return {
    kind: 'free',
    output: axis,
    // Where gaps are skipped, a channel that is never fed leaves its neighbours their numbers.
    depends: skips ? 'all' : (i) => [Math.max(0, i - half), Math.min(n, i + half + 1)],
    run: (input, output) => {
      padded.set(input, half)
      for (let k = 1; k <= half; k++) {
        padded[half - k] = input[pad === 'edge' ? 0 : k] ?? 0
        padded[half + n - 1 + k] = input[pad === 'edge' ? n - 1 : n - 1 - k] ?? 0
      }
      for (let i = 0; i < n; i++) {
        const value = input[i] ?? 0
        if (Number.isNaN(value)) {
          if (!skips) return masked
          output[i] = value
          continue
        }
        const unfit = standardize(padded, i, window, value, skips, output)
        if (unfit) return unfit
      }
      return null
    },
  }
}

const standardize = (padded: Float64Array, i: number, window: number, value: number, skips: boolean, output: Float64Array): Unfit | null => {
  let count = 0
  let sum = 0
  let largest = 0
  for (let k = i; k < i + window; k++) {
    const other = padded[k] ?? 0
    if (Number.isNaN(other)) {
      if (!skips) return masked
      continue
    }
    count++
    sum += other
    if (Math.abs(other) > largest) largest = Math.abs(other)
  }
  if (count < 2) return few
  const mean = sum / count
  let squares = 0
  for (let k = i; k < i + window; k++) {
    const centred = (padded[k] ?? 0) - mean
    if (!Number.isNaN(centred)) squares += centred * centred
  }
  const sd = Math.sqrt(squares / count)
  if (!(sd > FLAT * largest)) return flat
  output[i] = (value - mean) / sd
  return null
}
