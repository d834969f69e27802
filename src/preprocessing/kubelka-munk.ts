import { z } from 'zod'
import { operation } from './operation.js'

/**
 * F = (1 - R)^2 / (2 R) with R held within eps to 1 - eps (Kubelka, Munk 1931); `inverse`: R = 1 + F - sqrt(F^2 + 2 F).
 * NaN stays NaN. A negative F has no R and becomes NaN.
 */
export const kubelkaMunk = operation(
  z.strictObject({ eps: z.number().positive().max(0.1).optional(), inverse: z.boolean().optional() }),
  ({ eps, inverse = false }, axis, refuse) => {
    if (inverse) {
      if (eps !== undefined) throw refuse('inverse together with eps', 'one of them')
      return { kind: 'free', output: axis, depends: 'own', run: backward }
    }
    if (eps === undefined) throw refuse('no eps', 'eps, how near to 0 and 1 a reflectance may come, for example 1e-10')
    return { kind: 'free', output: axis, depends: 'own', run: forward(eps) }
  },
)

const forward = (eps: number) => (input: Float64Array, output: Float64Array) => {
  for (let i = 0; i < output.length; i++) {
    const r = input[i] ?? 0
    const held = r < eps ? eps : r > 1 - eps ? 1 - eps : r
    output[i] = ((1 - held) * (1 - held)) / (2 * held)
  }
  return null
}

const backward = (input: Float64Array, output: Float64Array) => {
  for (let i = 0; i < output.length; i++) {
    const f = input[i] ?? 0
    output[i] = 1 + f - Math.sqrt(f * f + 2 * f)
  }
  return null
}
