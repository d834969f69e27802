import type { Random } from '../spectrum/random.js'
import type { Augment } from './recipe.js'

/**
 * Changes a spectrum at random as instruments and samples differ: a factor, an offset and a slope from end to end (Bjerrum, Glahder,
 * Skov 2017, arXiv 1710.01927), noise, and a shift along the axis, on spectra instead of prepared values, so that the chain sees it too.
 * A ratio is changed in absorbance; a relative quantity as it is, the plan's numbers being shares of its mean level.
 */
export const augmented = ({ offset, slope, gain, noise, shift }: Augment, values: Float64Array, ratio: boolean, random: Random): Float64Array => {
  const either = () => 2 * random.uniform() - 1
  const factor = 1 + gain * either()
  const up = offset * either()
  const tilt = slope * either()
  const moved = shift > 0 ? shifted(values, shift * either()) : values
  const change = (i: number) => up + tilt * (i / (values.length - 1) - 0.5) + (noise > 0 ? noise * random.gaussian() : 0)
  if (ratio) return moved.map((value, i) => (value > 0 ? value ** factor * 10 ** -change(i) : value))
  const level = moved.reduce((sum, value) => sum + Math.abs(value) / moved.length, 0)
  return moved.map((value, i) => factor * value + level * change(i))
}

/**
 * Between two spectra of one class, `share` of the first (mixup, Zhang et al., ICLR 2018, arXiv 1710.09412, within classes): for ratios
 * in absorbance, where concentrations add.
 */
export const mixed = (a: Float64Array, b: Float64Array, share: number, ratio: boolean): Float64Array =>
  a.map((value, i) => {
    const other = b[i] ?? Number.NaN
    return ratio && value > 0 && other > 0 ? value ** share * other ** (1 - share) : share * value + (1 - share) * other
  })

/** By a part of a channel, in straight lines; the ends stand still. */
const shifted = (values: Float64Array, by: number): Float64Array => {
  const last = values.length - 1
  return values.map((_, i) => {
    const at = Math.min(last, Math.max(0, i - by))
    const left = Math.min(last - 1, Math.floor(at))
    const part = at - left
    const [low, high] = [values[left] ?? Number.NaN, values[left + 1] ?? Number.NaN]
    return part === 0 ? low : part === 1 ? high : low + part * (high - low)
  })
}
