import { z } from 'zod'
import type { Axis } from '../spectrum/axis.js'
import { linearMap, type Row } from './linear-map.js'
import { operation, type Refuse } from './operation.js'

/**
 * Takes away the jumps between the detectors of one instrument (`spliceCorrection` of prospectr 0.2.9). `splice`: one or two positions on
 * the axis; a region ends with the last channel at or below it. A, before the first splice, is shifted so that its last channel meets the
 * line through the first `k` channels of B, drawn on to the splice; C, after the second, so that its first channel meets the line through
 * the last `k` channels of B. B stays as it is. A shift is linear in the spectrum, so this folds; a NaN under a line masks its region.
 */
export const splice = operation(
  z.strictObject({ splice: z.array(z.number()).min(1).max(2), k: z.number().int().min(2).max(1024) }),
  (parameters, axis, refuse) => {
    const n = axis.values.length
    const [first = 0, second] = parameters.splice
    const { k } = parameters
    if (second !== undefined && second <= first) throw refuse(`splice ${first} then ${second}`, 'ascending positions')
    const endA = lastUpTo(axis, first, refuse)
    const endB = second === undefined ? n - 1 : lastUpTo(axis, second, refuse)
    if (endB - endA < k) throw refuse(`${endB - endA} channels in the reference region`, `at least k, here ${k}`)
    const shiftA: Row['taps'] = [[endA, -1], ...lineTaps(axis, endA + 1, k, first)]
    const shiftC: Row['taps'] = second === undefined ? [] : [[endB + 1, -1], ...lineTaps(axis, endB + 1 - k, k, second)]
    const rows = Array.from({ length: n }, (_, i): Row => ({ taps: [[i, 1], ...(i <= endA ? shiftA : i > endB ? shiftC : [])] }))
    return { kind: 'linear', output: axis, map: linearMap(n, rows) }
  },
)

/** The last channel at or below a position that must leave a channel on either side. */
const lastUpTo = ({ values }: Axis, position: number, refuse: Refuse): number => {
  const next = values.findIndex((value) => value > position)
  if (next > 0) return next - 1
  throw refuse(`splice ${position}`, `from ${values[0]} to below ${values.at(-1)}, the ends of the axis`)
}

/** Value at `at` of the least-squares line through `count` channels from `from` on, as weights of these channels. */
const lineTaps = ({ values }: Axis, from: number, count: number, at: number): Row['taps'] => {
  const positions = [...values.subarray(from, from + count)]
  const mean = positions.reduce((sum, value) => sum + value, 0) / count
  const squares = positions.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return positions.map((value, i) => [from + i, 1 / count + ((at - mean) * (value - mean)) / squares])
}
