import { z } from 'zod'
import { operation } from './operation.js'

/**
 * A = -log(max(R, eps)), base 10, or e with `base: "e"`; `percent`: R is divided by 100 first. `inverse`: R = base^-A.
 * NaN stays NaN: the larger of NaN and a number is NaN. Source: Beer-Lambert; eps as a parameter after nirs4all, which takes 1e-8.
 */
export const absorbance = operation(
  z.strictObject({
    eps: z.number().positive().optional(),
    base: z.literal('e').optional(),
    percent: z.boolean().optional(),
    inverse: z.boolean().optional(),
  }),
  ({ eps, base, percent = false, inverse = false }, axis, refuse) => {
    const perUnit = base === 'e' ? 1 : Math.LN10
    if (inverse) {
      if (eps !== undefined || percent) throw refuse('inverse together with eps or percent', 'inverse alone, or with base')
      return { kind: 'free', output: axis, depends: 'own', run: backward(perUnit) }
    }
    if (eps === undefined) throw refuse('no eps', 'eps, the smallest ratio that counts, for example 1e-8')
    return { kind: 'free', output: axis, depends: 'own', run: forward(eps, percent ? 0.01 : 1, -1 / perUnit) }
  },
)

const forward = (eps: number, scale: number, factor: number) => (input: Float64Array, output: Float64Array) => {
  for (let i = 0; i < output.length; i++) output[i] = factor * Math.log(Math.max(eps, (input[i] ?? 0) * scale))
  return null
}

const backward = (perUnit: number) => (input: Float64Array, output: Float64Array) => {
  for (let i = 0; i < output.length; i++) output[i] = Math.exp(-perUnit * (input[i] ?? 0))
  return null
}
