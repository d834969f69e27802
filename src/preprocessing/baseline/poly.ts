import { z } from 'zod'
import type { Unfit } from '../contract.js'
import { gapReasons, takeValid } from '../gaps.js'
import { nanPolicy, operation } from '../operation.js'
import { type PolynomialFit, polynomialFit } from './polynomial.js'

/** Highest degree: beyond it the curve follows the peaks. */
const MAX_ORDER = 12
/** A spread at or below this part of the largest absolute value is rounding noise: the polynomial is the spectrum, there are no peaks. */
const NOTHING = 1e-12
/** Most rounds of clipping. */
const MAX_ROUNDS = 1000

const order = z.number().int().min(0).max(MAX_ORDER)
const rounds = { tol: z.number().positive(), max_iter: z.number().int().min(1).max(MAX_ROUNDS) }

const { masked, few } = gapReasons('baseline_poly')
const peaks: Unfit = { flag: 'degenerate', why: 'baseline_poly: too little of the spectrum lies outside its peaks' }

/**
 * Baseline by a polynomial of degree `order` over the axis values, subtracted. poly: least squares. modpoly (Lieber, Mahadevan-Jansen
 * 2003, Applied Spectroscopy 57:1363, each round clipping what the round before left): y <- min(y, fit) until the fit changes by less
 * than `tol` of its length. imodpoly (Zhao et al. 2007, Applied Spectroscopy 61:1225): what lies more than one sd above the first fit
 * has no part in the fits, then y <- min(y, fit + `num_std` sd) until sd (divisor n) changes by less than `tol` of itself. At most
 * `max_iter` rounds. `nan: "skip"`: a masked channel has no part in the fits and stays NaN.
 */
export const baselinePoly = operation(
  z.discriminatedUnion('method', [
    z.strictObject({ method: z.literal('poly'), order, nan: nanPolicy }),
    z.strictObject({ method: z.literal('modpoly'), order, ...rounds, nan: nanPolicy }),
    z.strictObject({ method: z.literal('imodpoly'), order, ...rounds, num_std: z.number().min(0).max(10), nan: nanPolicy }),
  ]),
  (parameters, axis, refuse) => {
    const n = axis.values.length
    if (parameters.order >= n) throw refuse(`order ${parameters.order}`, `below ${n}, the number of channels here`)
    const polynomial = polynomialFit(axis.values, parameters.order)
    const y = new Float64Array(n)
    const rows = new Float64Array(n)
    const live = new Float64Array(n)
    const previous = new Float64Array(n)
    return {
      kind: 'free',
      output: axis,
      depends: 'all',
      run: (input, output) => {
        const valid = takeValid(input, y, live)
        let largest = 0
        for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(y[i] ?? 0))
        if (valid < n && parameters.nan !== 'skip') return masked
        if (!polynomial.keep(live)) return few
        polynomial.fit(y, output)
        if (parameters.method === 'modpoly') clip(polynomial, parameters, y, output, previous)
        else if (parameters.method === 'imodpoly') {
          const spread = deviation(y, output, live, valid)
          if (spread > NOTHING * largest) {
            for (let i = 0; i < n; i++) rows[i] = (output[i] ?? 0) + spread < (y[i] ?? 0) ? 0 : (live[i] ?? 0)
            if (!polynomial.keep(rows)) return peaks
            clipAbove(polynomial, parameters, y, output, live, valid, spread)
          }
        }
        for (let i = 0; i < n; i++) output[i] = (input[i] ?? 0) - (output[i] ?? 0)
        return null
      },
    }
  },
)

interface Rounds {
  readonly tol: number
  readonly max_iter: number
}

/** Masked channels are clipped too, which does no harm: no fit counts them. */
const clip = (polynomial: PolynomialFit, { tol, max_iter }: Rounds, y: Float64Array, curve: Float64Array, previous: Float64Array) => {
  for (let round = 0; round < max_iter; round++) {
    for (let i = 0; i < y.length; i++) {
      const before = curve[i] ?? 0
      previous[i] = before
      y[i] = Math.min(y[i] ?? 0, before)
    }
    polynomial.fit(y, curve)
    let moved = 0
    let size = 0
    for (let i = 0; i < y.length; i++) {
      const before = previous[i] ?? 0
      moved += ((curve[i] ?? 0) - before) ** 2
      size += before * before
    }
    if (moved < tol * tol * size) return
  }
}

const clipAbove = (
  polynomial: PolynomialFit,
  { tol, max_iter, num_std }: Rounds & { readonly num_std: number },
  y: Float64Array,
  curve: Float64Array,
  live: Float64Array,
  valid: number,
  first: number,
) => {
  let spread = first
  for (let round = 0; round < max_iter; round++) {
    for (let i = 0; i < y.length; i++) y[i] = Math.min(y[i] ?? 0, (curve[i] ?? 0) + num_std * spread)
    polynomial.fit(y, curve)
    const next = deviation(y, curve, live, valid)
    if (Math.abs(next - spread) < tol * next || next === 0) return
    spread = next
  }
}

/** Standard deviation of y - curve over the `valid` live channels, divisor n. */
const deviation = (y: Float64Array, curve: Float64Array, live: Float64Array, valid: number): number => {
  let sum = 0
  for (let i = 0; i < y.length; i++) sum += ((y[i] ?? 0) - (curve[i] ?? 0)) * (live[i] ?? 0)
  const mean = sum / valid
  let squares = 0
  for (let i = 0; i < y.length; i++) squares += ((y[i] ?? 0) - (curve[i] ?? 0) - mean) ** 2 * (live[i] ?? 0)
  return Math.sqrt(squares / valid)
}
