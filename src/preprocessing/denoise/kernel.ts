import type { Axis } from '../../spectrum/axis.js'
import { linearMap, MAX_TAPS } from '../linear-map.js'
import type { Refuse } from '../operation.js'
import type { LinearStage } from '../stage.js'
import { type Ends, windowRow } from '../window-row.js'

/** A weighted mean over a window that goes along: `weights` (an odd number of them) count by their share of the sum. */
export const smoothed = (weights: readonly number[], ends: Ends, axis: Axis, refuse: Refuse): LinearStage => {
  const n = axis.values.length
  checkWindow(weights.length, n, refuse)
  if (n * weights.length > MAX_TAPS)
    throw refuse(`a window of ${weights.length} on ${n} channels`, `at most ${Math.floor(MAX_TAPS / n)} on so many channels`)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const kernel = weights.map((weight) => weight / sum)
  const rows = Array.from({ length: n }, (_, i) => windowRow(kernel, i, n, ends))
  return { kind: 'linear', output: axis, map: linearMap(n, rows) }
}

export const checkWindow = (window: number, n: number, refuse: Refuse) => {
  if (window % 2 === 0) throw refuse(`window ${window}`, 'an odd window')
  if (window > n) throw refuse(`a window of ${window}`, `at most ${n}, the number of channels here`)
}
