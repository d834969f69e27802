import { z } from 'zod'
import type { Axis } from '../spectrum/axis.js'
import { type LinearMap, MAX_TAPS } from './linear-map.js'
import { operation, type Refuse } from './operation.js'
import type { Stage } from './stage.js'
import { toeplitzInverse } from './toeplitz.js'

/** Most channels of the matrix form: its matrix is full. */
const MAX_MATRIX_CHANNELS = Math.floor(Math.sqrt(MAX_TAPS))

/**
 * Stray light within the instrument. Without a method (Zong, Brown, Johnson, Lykke, Ohno 2006, Applied Optics 45:1111): measured =
 * (I + D) in-band, D_ij = a / (1 + ((i - j) / b)^2) where |i - j| > h channels, else 0; y = inv(I + D) x, made once. mean_fraction:
 * y = x - k mean(x). Both need the whole spectrum: one NaN masks every channel.
 */
export const strayLight = operation(
  z.discriminatedUnion('method', [
    z.strictObject({ method: z.literal('mean_fraction'), k: z.number() }),
    z.strictObject({ method: z.undefined().optional(), a: z.number().min(0), b: z.number().positive(), h: z.number().int().min(0) }),
  ]),
  (parameters, axis, refuse) => (parameters.method === undefined ? matrixForm(parameters, axis, refuse) : meanFraction(parameters.k, axis)),
)

const matrixForm = ({ a, b, h }: { a: number; b: number; h: number }, axis: Axis, refuse: Refuse): Stage => {
  const n = axis.values.length
  if (n > MAX_MATRIX_CHANNELS) throw refuse(`${n} channels`, `at most ${MAX_MATRIX_CHANNELS}, or the method "mean_fraction"`)
  const inverse = toeplitzInverse(Float64Array.from({ length: n }, (_, i) => (i === 0 ? 1 : i > h ? a / (1 + (i / b) ** 2) : 0)))
  if (!inverse) throw refuse(`a ${a} with b ${b}: more stray light than signal`, 'a smaller a or b')
  return { kind: 'linear', output: axis, map: full(inverse, n) }
}

const meanFraction = (k: number, axis: Axis): Stage => {
  const n = axis.values.length
  return {
    kind: 'free',
    output: axis,
    depends: () => [0, n],
    run: (input, output) => {
      let sum = 0
      for (let i = 0; i < n; i++) sum += input[i] ?? 0
      const offset = (k * sum) / n
      for (let i = 0; i < n; i++) output[i] = (input[i] ?? 0) - offset
      return null
    },
  }
}

const full = (weights: Float64Array, n: number): LinearMap => ({
  inputs: n,
  outputs: n,
  from: Int32Array.from({ length: n + 1 }, (_, i) => i * n),
  columns: Int32Array.from({ length: n * n }, (_, i) => i % n),
  weights,
  bias: new Float64Array(n),
})
