import type { Row } from './linear-map.js'

/**
 * What stands beyond the ends: `nearest` the edge value, `mirror` the spectrum reflected without repeating the edge, `reflect` with
 * the edge repeated, `wrap` the other end, anything else the value `beyond`.
 */
export type Ends = 'nearest' | 'mirror' | 'reflect' | 'wrap' | 'constant' | 'valid' | 'interp'

/** Row `i` of a convolution: `kernel` (odd length) centred on channel i of n, read from left to right. */
export const windowRow = (kernel: readonly number[], i: number, n: number, ends: Ends, beyond = 0): Row => {
  const half = (kernel.length - 1) / 2
  const taps: [number, number][] = []
  let bias = 0
  kernel.forEach((weight, k) => {
    const source = within(i - half + k, n, ends)
    if (source === null) bias += weight * beyond
    else taps.push([source, weight])
  })
  return { taps, bias }
}

const within = (i: number, n: number, ends: Ends): number | null => {
  if (i >= 0 && i < n) return i
  if (ends === 'nearest') return i < 0 ? 0 : n - 1
  if (ends === 'wrap') return ((i % n) + n) % n
  if (ends !== 'mirror' && ends !== 'reflect') return null
  // Reflected as often as it takes: a window may be longer than the spectrum.
  const repeated = ends === 'reflect' ? 1 : 0
  const period = Math.max(1, 2 * (n - 1 + repeated))
  const folded = ((i % period) + period) % period
  return folded < n ? folded : period - repeated - folded
}
