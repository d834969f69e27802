import type { Axis } from '../spectrum/axis.js'
import type { Unfit } from './contract.js'
import { preparedFit } from './fit.js'
import type { Refuse } from './operation.js'
import type { FreeStage } from './stage.js'

/** A slope that explains less than this part of the spectrum is rounding noise. */
const NO_SLOPE = 1e-12
/** A column that the others explain but for this part cannot be told from them. */
const DEPENDENT = 1e-9

/**
 * Scatter correction against a stored reference: x ~ sum c_j column_j + m reference by least squares, y = (x - sum c_j column_j) / m.
 * The reference belongs to the bundle and never follows the stream: the model was trained behind that one.
 */
export const againstReference = (
  name: string,
  columns: readonly Float64Array[],
  reference: Float64Array,
  weights: Float64Array | null,
  skipsNaN: boolean,
  axis: Axis,
  refuse: Refuse,
): FreeStage => {
  const degenerate: Unfit = { flag: 'degenerate', why: `${name}: nothing of the reference is in this spectrum, its slope is 0` }
  const masked: Unfit = { flag: 'masked', why: `${name}: a channel holds no valid value, and the chain does not allow to skip it` }
  const few: Unfit = { flag: 'masked', why: `${name}: too few channels hold a valid value` }
  const fit = preparedFit([...columns, reference], weights)
  if (fit.independence.some((part) => !(part > DEPENDENT)))
    throw refuse('a reference or interferent that the other terms already explain', 'spectra that differ from a curve and from one another')
  const slope = columns.length
  const n = reference.length
  const fours = n - (n % 4)
  const coefficients = new Float64Array(slope + 1)
  // Length of the part of the reference that no other term explains: what a slope of 1 adds to a spectrum.
  const own = (fit.independence[slope] ?? 0) * Math.sqrt(reference.reduce((sum, value) => sum + value * value, 0))
  return {
    kind: 'free',
    output: axis,
    depends: 'all',
    run: (input, output) => {
      // Four sums side by side: one alone waits for each addition before the next.
      let s0 = 0
      let s1 = 0
      let s2 = 0
      let s3 = 0
      for (let i = 0; i < fours; i += 4) {
        s0 += (input[i] ?? 0) * (input[i] ?? 0)
        s1 += (input[i + 1] ?? 0) * (input[i + 1] ?? 0)
        s2 += (input[i + 2] ?? 0) * (input[i + 2] ?? 0)
        s3 += (input[i + 3] ?? 0) * (input[i + 3] ?? 0)
      }
      for (let i = fours; i < n; i++) s0 += (input[i] ?? 0) * (input[i] ?? 0)
      let squares = s0 + s1 + (s2 + s3)
      const gaps = Number.isNaN(squares)
      if (gaps) {
        squares = 0
        for (let i = 0; i < n; i++) {
          const value = input[i] ?? 0
          if (!Number.isNaN(value)) squares += value * value
        }
      }
      if (gaps && !skipsNaN) return masked
      if (!fit.solve(input, coefficients)) return few
      const m = coefficients[slope] ?? 0
      if (!(Math.abs(m) * own > NO_SLOPE * Math.sqrt(squares))) return degenerate
      let rest = input
      for (let j = 0; j + 1 < slope; j++) {
        subtract(rest, coefficients[j] ?? 0, columns[j] ?? reference, 1, output)
        rest = output
      }
      subtract(rest, coefficients[slope - 1] ?? 0, columns[slope - 1] ?? reference, 1 / m, output)
      return null
    },
  }
}

/** output = (from - factor column) scale; `output` may be `from`. */
const subtract = (from: Float64Array, factor: number, column: Float64Array, scale: number, output: Float64Array) => {
  for (let i = 0; i < output.length; i++) output[i] = ((from[i] ?? 0) - factor * (column[i] ?? 0)) * scale
}
