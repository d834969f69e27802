import { extendEnds, movingMean } from './ends.js'

/** Conventions of one SNIP. `most`: largest half-window; `smooth`: half-window of the mean of what is not clipped, 0 for none. */
export interface Snip {
  readonly most: number
  readonly decreasing: boolean
  readonly smooth: number
  /** Log-log-square-root transform before, its inverse after: for spectra over several orders of magnitude. */
  readonly lls: boolean
  /** Ends carried on by a straight line; else points nearer than k to an end stay as they are at step k. */
  readonly padded: boolean
}

/**
 * Peak clipping for n channels: at step k each value that lies above the mean of the two k channels away becomes that mean, all at once;
 * the others stay, or become the mean of their surroundings with `smooth`. False where `lls` meets a value below -1.
 */
export const snip = (n: number, { most, decreasing, smooth, lls, padded }: Snip) => {
  const pad = padded ? most : 0
  const length = n + 2 * pad
  const first = new Float64Array(length)
  const second = new Float64Array(length)
  const means = new Float64Array(length)
  const transformed = new Float64Array(n)
  return (values: Float64Array, baseline: Float64Array): boolean => {
    for (let i = 0; i < n; i++) {
      const value = values[i] ?? 0
      if (lls && value < -1) return false
      transformed[i] = lls ? Math.log(Math.log(Math.sqrt(value + 1) + 1) + 1) : value
    }
    extendEnds(transformed, pad, first)
    let from = first
    let to = second
    for (let step = 1; step <= most; step++) {
      const k = decreasing ? most + 1 - step : step
      if (smooth > 0) movingMean(from, smooth, means, k, length - k)
      clip(from, smooth > 0 ? means : from, k, to)
      const spare = from
      from = to
      to = spare
    }
    for (let i = 0; i < n; i++) {
      const value = from[pad + i] ?? 0
      baseline[i] = lls ? (Math.exp(Math.exp(value) - 1) - 1) ** 2 - 1 : value
    }
    return true
  }
}

const clip = (from: Float64Array, otherwise: Float64Array, k: number, to: Float64Array) => {
  const n = from.length
  for (let i = 0; i < k; i++) {
    to[i] = from[i] ?? 0
    to[n - 1 - i] = from[n - 1 - i] ?? 0
  }
  for (let i = k; i < n - k; i++) {
    const mean = ((from[i - k] ?? 0) + (from[i + k] ?? 0)) / 2
    to[i] = (from[i] ?? 0) > mean ? mean : (otherwise[i] ?? 0)
  }
}
