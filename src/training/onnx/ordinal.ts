import { Failure } from '../../failures.js'
import type { Dense } from './net.js'

/** A value becomes three ordered classes: below `limits[0]`, from there to `limits[1]`, above. */
export interface Ordinal {
  /** In the unit of the value. */
  readonly limits: readonly [number, number]
  /** Logits per unit of the value: the steeper, the surer. */
  readonly slope: number
  /** The net gives z; the value is mean + sd z. */
  readonly mean: number
  readonly sd: number
}

/**
 * Logits [slope (lo - v), 0, slope (v - hi)] of v = mean + sd z as one affine map of z. The class with the highest logit changes
 * exactly at the limits; how sure an answer is grows with the distance to the nearer one (cumulative logits of McCullagh,
 * J. R. Stat. Soc. B 42:109, 1980, with each outer class set against the middle one).
 */
export const ordinalHead = ({ limits: [low, high], slope, mean, sd }: Ordinal): Dense => {
  if (!(low < high && slope > 0 && sd > 0))
    throw new Failure('INVARIANT', {
      where: 'ordinal head',
      seen: `limits ${low} and ${high}, slope ${slope}, sd ${sd}`,
      allowed: 'rising limits, positive slope and sd',
    })
  return {
    outputs: 3,
    weights: Float32Array.of(-slope * sd, 0, slope * sd),
    bias: Float32Array.of(slope * (low - mean), 0, slope * (mean - high)),
  }
}
