import type { Axis } from '../../spectrum/axis.js'
import type { Refuse } from '../operation.js'
import type { FreeStage } from '../stage.js'
import { type Ends, windowRow } from '../window-row.js'
import { checkWindow } from './kernel.js'

/**
 * Median over an odd window that goes along. The values of the window are kept in order: a step takes one out and puts one in, so its
 * cost is a few moves and not a sort. A NaN makes every window that covers it NaN.
 */
export const median = (window: number, ends: Ends, axis: Axis, refuse: Refuse): FreeStage => {
  const n = axis.values.length
  checkWindow(window, n, refuse)
  const half = (window - 1) / 2
  const order = new Float64Array(window)
  // The channels whose values stand at -half to n - 1 + half, by the rule for the ends.
  const sources = Int32Array.from({ length: n + 2 * half }, (_, i) => windowRow([1], i - half, n, ends).taps[0]?.[0] ?? 0)
  return {
    kind: 'free',
    output: axis,
    depends: (output) => {
      const covered = sources.subarray(output, output + window)
      return [Math.min(...covered), Math.max(...covered) + 1]
    },
    run: (input, output) => {
      let held = 0
      for (let i = 0; i < sources.length; i++) {
        const going = i < window ? Number.NaN : (input[sources[i - window] ?? 0] ?? 0)
        if (!Number.isNaN(going)) held = remove(order, held, going)
        const coming = input[sources[i] ?? 0] ?? 0
        if (!Number.isNaN(coming)) held = insert(order, held, coming)
        if (i >= 2 * half) output[i - 2 * half] = held === window ? (order[half] ?? 0) : Number.NaN
      }
      return null
    },
  }
}

/** Puts a value among the first `held`, which ascend; returns how many there are then. */
const insert = (order: Float64Array, held: number, value: number): number => {
  let at = held
  for (; at > 0 && (order[at - 1] ?? 0) > value; at--) order[at] = order[at - 1] ?? 0
  order[at] = value
  return held + 1
}

const remove = (order: Float64Array, held: number, value: number): number => {
  let at = 0
  while (order[at] !== value) at++
  for (; at + 1 < held; at++) order[at] = order[at + 1] ?? 0
  return held - 1
}
