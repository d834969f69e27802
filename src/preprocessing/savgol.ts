import { z } from 'zod'
import { type Axis, makeAxis } from '../spectrum/axis.js'
import { linearMap, MAX_TAPS, type Row } from './linear-map.js'
import { operation } from './operation.js'
import { windowRow } from './window-row.js'

/** Highest degree: beyond it the fit follows the noise, and the factorials of the recursion lose digits. */
const MAX_DEGREE = 10

/**
 * Savitzky-Golay (Savitzky, Golay 1964, Analytical Chemistry 36:1627): least-squares polynomial of degree `poly` over `window` points
 * (odd), `deriv`-th derivative at the centre divided by delta^deriv; weights by Gorry 1990, Analytical Chemistry 62:570.
 * Ends by `mode`: `interp` (polynomial of the first or last window), `nearest`, `mirror` (edge not repeated), `constant` (`cval`
 * outside), `wrap`, `valid` (ends dropped). `delta` absent: 1. A NaN spreads to exactly the points whose window covers it.
 */
export const savgol = operation(
  z.strictObject({
    window: z.number().int().min(1),
    poly: z.number().int().min(0).max(MAX_DEGREE),
    deriv: z.number().int().min(0),
    delta: z.number().positive().optional(),
    mode: z.enum(['interp', 'nearest', 'mirror', 'constant', 'wrap', 'valid']),
    cval: z.number().optional(),
  }),
  ({ window, poly, deriv, delta = 1, mode, cval }, axis, refuse) => {
    const n = axis.values.length
    if (window % 2 === 0) throw refuse(`window ${window}`, 'an odd window')
    if (window > n) throw refuse(`window ${window}`, `at most ${n}, the number of channels here`)
    if (poly >= window) throw refuse(`poly ${poly} with window ${window}`, 'a degree below the window')
    if (deriv > poly) throw refuse(`deriv ${deriv} with poly ${poly}`, 'a derivative up to the degree')
    if (mode === 'constant' && cval === undefined) throw refuse('mode "constant" without cval', 'cval, the value outside')
    if (n * window > MAX_TAPS) throw refuse(`window ${window} on ${n} channels`, `at most ${Math.floor(MAX_TAPS / n)} on so many channels`)
    const half = (window - 1) / 2
    const weightsAt = savgolWeights(half, poly, deriv, delta)
    const kernel = weightsAt(0)
    const rows = Array.from({ length: n }, (_, i): Row => {
      if (mode !== 'interp' || (i >= half && i < n - half)) return windowRow(kernel, i, n, mode, cval)
      const first = i < half ? 0 : n - window
      return { taps: weightsAt(i - first - half).map((weight, k) => [first + k, weight]) }
    })
    if (mode !== 'valid') return { kind: 'linear', output: axis, map: linearMap(n, rows) }
    return { kind: 'linear', output: shortened(axis, half), map: linearMap(n, rows.slice(half, n - half)) }
  },
)

/**
 * Weights over the window -half..half of the `deriv`-th derivative at position `at` (0 is the centre), divided by delta^deriv.
 * Gram polynomials P_k by their recursion: w_i = sum_k (2k+1) (2m)_(k) / (2m+k+1)_(k+1) P_k(i) P_k^(deriv)(at), m = half.
 */
export const savgolWeights = (half: number, poly: number, deriv: number, delta: number): ((at: number) => readonly number[]) => {
  const points = Array.from({ length: 2 * half + 1 }, (_, k) => gramTable(half, poly, 0, k - half).map((row) => row[0] ?? 0))
  const norms = points[0]?.map((_, k) => ((2 * k + 1) * falling(2 * half, k)) / falling(2 * half + k + 1, k + 1)) ?? []
  return (at) => {
    const there = gramTable(half, poly, deriv, at).map((row, k) => ((row[deriv] ?? 0) * (norms[k] ?? 0)) / delta ** deriv)
    return points.map((here) => here.reduce((sum, value, k) => sum + value * (there[k] ?? 0), 0))
  }
}

/** P_k^(s)(i) for k = 0..poly and s = 0..deriv, as table[k][s]. */
const gramTable = (half: number, poly: number, deriv: number, i: number): readonly (readonly number[])[] => {
  const table: number[][] = [Array.from({ length: deriv + 1 }, (_, s) => (s === 0 ? 1 : 0))]
  for (let k = 1; k <= poly; k++) {
    const a = (4 * k - 2) / (k * (2 * half - k + 1))
    const b = ((k - 1) * (2 * half + k)) / (k * (2 * half - k + 1))
    table.push(
      Array.from({ length: deriv + 1 }, (_, s) => {
        const lower = s === 0 ? 0 : s * (table[k - 1]?.[s - 1] ?? 0)
        return a * (i * (table[k - 1]?.[s] ?? 0) + lower) - b * (table[k - 2]?.[s] ?? 0)
      }),
    )
  }
  return table
}

/** a (a-1) ... over `count` factors. */
const falling = (a: number, count: number): number => Array.from({ length: count }, (_, i) => a - i).reduce((product, factor) => product * factor, 1)

const shortened = (axis: Axis, half: number): Axis => makeAxis(axis.kind, axis.values.subarray(half, axis.values.length - half))
