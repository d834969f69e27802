import { z } from 'zod'
import { pixelAxis } from '../spectrum/axis.js'
import type { Unfit } from './contract.js'
import { powers, preparedFit } from './fit.js'
import { nanPolicy, operation } from './operation.js'
import { snv } from './snv.js'

const masked: Unfit = { flag: 'masked', why: 'detrend: a channel holds no valid value, and the chain does not allow to skip it' }
const few: Unfit = { flag: 'masked', why: 'detrend: too few channels hold a valid value' }

/**
 * The least-squares polynomial of `degree` over the channel index or the axis values is taken away. `snv_first` (Barnes, Dhanoa, Lister
 * 1989): SNV with divisor n - `ddof` before it. `nan: "skip"`: fit on the finite points.
 */
export const detrend = operation(
  z.strictObject({
    degree: z.number().int().min(0).max(8),
    axis: z.enum(['index', 'wavelength']),
    snv_first: z.boolean(),
    ddof: z.literal([0, 1]).optional(),
    nan: nanPolicy,
  }),
  ({ degree, axis: over, snv_first, ddof, nan }, axis, refuse) => {
    const n = axis.values.length
    if (degree >= n) throw refuse(`degree ${degree}`, `below ${n}, the number of channels here`)
    if (snv_first !== (ddof !== undefined)) throw refuse(snv_first ? 'snv_first without ddof' : 'ddof without snv_first', 'both or neither')
    const columns = powers(over === 'index' ? pixelAxis(n).values : axis.values, degree)
    const fit = preparedFit(columns, null)
    const coefficients = new Float64Array(degree + 1)
    const first = snv_first ? snv.bind({ op: 'snv', ddof, ...(nan === undefined ? {} : { nan }) }, axis, 'detrend') : null
    const normal = new Float64Array(n)
    return {
      kind: 'free',
      output: axis,
      depends: 'all',
      run: (input, output, note) => {
        const unfit = first?.kind === 'free' ? first.run(input, normal, note) : null
        if (unfit) return unfit
        const from = first ? normal : input
        if (nan !== 'skip') for (let i = 0; i < n; i++) if (Number.isNaN(from[i])) return masked
        if (!fit.solve(from, coefficients)) return few
        for (let i = 0; i < n; i++) output[i] = from[i] ?? 0
        for (let j = 0; j <= degree; j++) {
          const column = columns[j]
          const factor = coefficients[j] ?? 0
          if (column) for (let i = 0; i < n; i++) output[i] = (output[i] ?? 0) - factor * (column[i] ?? 0)
        }
        return null
      },
    }
  },
)
