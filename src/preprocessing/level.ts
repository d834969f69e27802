import { z } from 'zod'
import { list, operation, perChannel } from './operation.js'

/** One number of a spectrum. Allocates nothing. */
type Statistic = (values: Float64Array) => number

/**
 * Notes one number of the spectrum as a scalar, under `name` (absent: "level"), and passes the spectrum on unchanged. Standing before SNV it keeps what SNV
 * takes away: after it an empty field looks like any other spectrum. `statistic`, over the finite values unless said otherwise:
 * - `mean` (when absent): how much light was absorbed at all.
 * - `sd`: standard deviation, divisor n; what SNV divides by.
 * - `noise`: sqrt(mean(d^2) / 6) with d the second differences of neighbouring channels: the sd of white noise, whose d has the variance 1 + 4 + 1.
 * - `clipped-share`: share of all channels that hold no number or one at `above` or higher (absorbance at its clip): masked and clipped ones.
 * - `slope`, `fit`: m and r^2 of x ~ c + m `reference` by least squares (the slope of MSC, and how much of the spectrum is the reference at all).
 * NaN where there is nothing to compute from.
 */
export const level = operation(
  z.strictObject({
    name: z
      .string()
      .regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/, 'a letter, then letters, digits, _ or -, at most 64')
      .optional(),
    statistic: z.enum(['mean', 'sd', 'noise', 'clipped-share', 'slope', 'fit']).optional(),
    above: z.number().optional(),
    reference: list.optional(),
  }),
  ({ name = 'level', statistic = 'mean', above, reference }, axis, refuse) => {
    if ((statistic === 'clipped-share') !== (above !== undefined))
      throw refuse(`${statistic} ${above === undefined ? 'without' : 'with'} above`, 'above with clipped-share alone')
    if ((statistic === 'slope' || statistic === 'fit') !== (reference !== undefined))
      throw refuse(`${statistic} ${reference ? 'with' : 'without'} reference`, 'reference with slope and fit alone')
    const against = reference ? perChannel(reference, 'reference', axis, refuse) : new Float64Array(0)
    const compute = { mean, sd, noise, 'clipped-share': clippedShare(above ?? 0), slope: slope(against), fit: fit(against) }[statistic]
    return {
      kind: 'free',
      output: axis,
      depends: 'own',
      notes: name,
      run: (input, output, note) => {
        output.set(input)
        note(name, compute(input))
        return null
      },
    }
  },
)

const mean: Statistic = (values) => {
  let count = 0
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    if (!Number.isFinite(value)) continue
    count++
    sum += value
  }
  return sum / count
}

const sd: Statistic = (values) => {
  const centre = mean(values)
  let count = 0
  let squares = 0
  for (let i = 0; i < values.length; i++) {
    const centred = (values[i] ?? 0) - centre
    if (!Number.isFinite(centred)) continue
    count++
    squares += centred * centred
  }
  return Math.sqrt(squares / count)
}

const noise: Statistic = (values) => {
  let count = 0
  let squares = 0
  for (let i = 1; i + 1 < values.length; i++) {
    const second = (values[i - 1] ?? 0) - 2 * (values[i] ?? 0) + (values[i + 1] ?? 0)
    if (!Number.isFinite(second)) continue
    count++
    squares += second * second
  }
  return Math.sqrt(squares / count / 6)
}

const clippedShare =
  (above: number): Statistic =>
  (values) => {
    let count = 0
    // Negated, so that NaN counts.
    for (let i = 0; i < values.length; i++) if (!((values[i] ?? 0) < above)) count++
    return count / values.length
  }

/** Sums of the pairs of which both are finite, written anew at each call. */
const pairs = (reference: Float64Array) => {
  const sums = { xx: 0, xr: 0, rr: 0 }
  return (values: Float64Array): typeof sums => {
    let count = 0
    let x = 0
    let r = 0
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite((values[i] ?? 0) + (reference[i] ?? 0))) continue
      count++
      x += values[i] ?? 0
      r += reference[i] ?? 0
    }
    sums.xx = 0
    sums.xr = 0
    sums.rr = 0
    for (let i = 0; i < values.length; i++) {
      const dx = (values[i] ?? 0) - x / count
      const dr = (reference[i] ?? 0) - r / count
      if (!Number.isFinite(dx + dr)) continue
      sums.xx += dx * dx
      sums.xr += dx * dr
      sums.rr += dr * dr
    }
    return sums
  }
}

const slope = (reference: Float64Array): Statistic => {
  const sumsOf = pairs(reference)
  return (values) => {
    const { xr, rr } = sumsOf(values)
    return xr / rr
  }
}

const fit = (reference: Float64Array): Statistic => {
  const sumsOf = pairs(reference)
  return (values) => {
    const { xx, xr, rr } = sumsOf(values)
    return (xr * xr) / (xx * rr)
  }
}
