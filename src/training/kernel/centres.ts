import { medianOf } from '../../preprocessing/order-statistics.js'
import { type Random, seededRandom } from '../../spectrum/random.js'
import type { Block } from '../linear/products.js'
import type { Distances } from './distances.js'

/** Training spectra that are all centres; of more, so many are chosen: more did not answer better (docs/decisions/0008-kernel-ridge.md). */
export const MAX_CENTRES = 600
export const CHOSEN_CENTRES = 300

const SEED = 1

/** The spectra that a kernel stands on, and how far each training spectrum is from them, [train][centres]. */
export interface Centres {
  readonly rows: readonly number[]
  readonly distances: Block
  /** Between the centres. */
  readonly own: Block
  /** Whether the centres are the training spectra, in their order. */
  readonly all: boolean
}

/**
 * All training spectra, or some that cover them: each next one is drawn with a chance that rises with its squared distance from those
 * chosen before (k-means++: Arthur and Vassilvitskii, SODA 2007), by a generator of fixed seed. Labels are not looked at.
 */
export const centresOf = (distances: Distances, train: readonly number[]): Centres => {
  if (train.length <= MAX_CENTRES) {
    const own = distances.between(train, train)
    return { rows: train, distances: own, own, all: true }
  }
  const random = seededRandom(SEED)
  const chosen: number[] = []
  const nearest = new Float64Array(train.length).fill(1)
  while (chosen.length < CHOSEN_CENTRES) {
    const next = train[drawn(nearest, random)]
    // Spectra that are copies of a centre have no chance: where nothing else is left, the centres hold all there is.
    if (next === undefined) break
    chosen.push(next)
    distances.roughly(next, train).forEach((value, i) => {
      nearest[i] = chosen.length === 1 ? value : Math.min(nearest[i] ?? 0, value)
    })
  }
  return { rows: chosen, distances: distances.between(train, chosen), own: distances.between(chosen, chosen), all: false }
}

/** A place by chance, each in proportion to its weight; -1 where all weights are 0. */
const drawn = (weights: Float64Array, random: Random): number => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let rest = total * random.uniform()
  let last = -1
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] ?? 0
    if (weight <= 0) continue
    last = i
    rest -= weight
    if (rest < 0) break
  }
  return last
}

/** The median of squared distances: the length that widths are shares of. The mean where more than half are 0. */
export const usualDistance = ({ distances: { values } }: Centres): number => {
  const median = medianOf(values.slice(), values.length)
  return median > 0 ? median : values.reduce((sum, value) => sum + value / values.length, 0)
}
