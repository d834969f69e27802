import { z } from 'zod'
import { operation } from './operation.js'

/**
 * Notes the mean of the finite values as a scalar, under `name` (absent: "level"), and passes the spectrum on unchanged.
 * Standing before SNV it keeps what SNV takes away: how much light was absorbed at all. NaN when no value is finite.
 */
export const level = operation(
  z.strictObject({
    name: z
      .string()
      .regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/, 'a letter, then letters, digits, _ or -, at most 64')
      .optional(),
  }),
  ({ name = 'level' }, axis) => ({
    kind: 'free',
    output: axis,
    depends: 'own',
    notes: name,
    run: (input, output, note) => {
      let count = 0
      let sum = 0
      for (let i = 0; i < input.length; i++) {
        const value = input[i] ?? 0
        output[i] = value
        if (!Number.isFinite(value)) continue
        count++
        sum += value
      }
      note(name, sum / count)
      return null
    },
  }),
)
