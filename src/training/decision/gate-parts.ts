import { medianOf } from '../../preprocessing/order-statistics.js'

/** A scalar's middle, and how far the known go to either side of it. */
export interface Sides {
  readonly centre: number
  readonly below: number
  readonly above: number
  /** How far a value lies out, in spreads of its own side. */
  beyond(value: number): number
}

/** No side of a scalar is taken for narrower than this share of the middle (or this much, where the middle is 0): no light is steadier than that. */
const LEAST_SIDE = 0.01
/** Nor the logarithm of a distance for steadier than this, as it is where the components leave nothing over. */
const LEAST_LOG_SD = 0.05
/** Distances below this share of their usual size are rounding. */
const LEAST_DISTANCE = 1e-9

/**
 * Median, and the root mean square distance of the values on either side of it: a level or a noise has a long tail upwards, which must not widen
 * its lower side.
 */
export const sidesOf = (values: readonly number[]): Sides => {
  const centre = medianOf(Float64Array.from(values), values.length)
  const least = LEAST_SIDE * (Math.abs(centre) || 1)
  const side = (sign: number) => {
    const far = values.map((value) => sign * (value - centre)).filter((distance) => distance > 0)
    return Math.max(least, far.length === 0 ? 0 : Math.sqrt(far.reduce((sum, distance) => sum + distance * distance, 0) / far.length))
  }
  const [below, above] = [side(-1), side(1)]
  return { centre, below, above, beyond: (value) => (value > centre ? (value - centre) / above : (centre - value) / below) }
}

/** Natural logarithm of distances of about the size `usual`. */
export const logOf = (distances: Float64Array, usual: number): Float64Array =>
  distances.map((distance) => Math.log(Math.max(distance, LEAST_DISTANCE * usual)))

/** Mean and standard deviation (divisor n) of logarithms; `shares[n]` is the weight of row n, one for all rows of an object together. */
export const spreadOfLog = (logs: Float64Array, shares: Float64Array): { readonly mean: number; readonly sd: number } => {
  const total = shares.reduce((sum, share) => sum + share, 0)
  const mean = logs.reduce((sum, log, n) => sum + (log * (shares[n] ?? 0)) / total, 0)
  const variance = logs.reduce((sum, log, n) => sum + ((log - mean) ** 2 * (shares[n] ?? 0)) / total, 0)
  return { mean, sd: Math.max(LEAST_LOG_SD, Math.sqrt(variance)) }
}
