import type { Axis } from '../spectrum/axis.js'
import type { FreeStage } from './stage.js'

/** A target between nodes `at` and `at + 1`, `part` of the way; exactly on node `at` where `part` is 0; null: outside. */
export type Place = { readonly at: number; readonly part: number } | null

/** How a curve finds its slope at each node: prepared for the nodes, then run without allocating. */
export interface Slopes {
  /** On how many nodes to each side of an interval the curve inside it depends; null: on all. */
  readonly neighbours: number | null
  prepare(nodes: Float64Array): (values: Float64Array, slopes: Float64Array) => void
}

/** Piecewise cubic Hermite curve through the nodes with the given slopes, at each place. A NaN reaches what depends on its node. */
export const throughNodes = (axis: Axis, output: Axis, places: readonly Place[], { neighbours, prepare }: Slopes): FreeStage => {
  const n = axis.values.length
  const left = Int32Array.from(places, (place) => Math.min(place?.at ?? 0, n - 2))
  const never = Uint8Array.from(places, (place) => (place === null ? 1 : 0))
  const weights = new Float64Array(4 * places.length)
  places.forEach((place, i) => {
    const at = left[i] ?? 0
    const h = (axis.values[at + 1] ?? 0) - (axis.values[at] ?? 0)
    const t = place === null ? Number.NaN : place.at === at ? place.part : 1
    weights.set([(1 + 2 * t) * (1 - t) ** 2, t * t * (3 - 2 * t), h * t * (1 - t) ** 2, h * t * t * (t - 1)], 4 * i)
  })
  const slopes = new Float64Array(n)
  const find = prepare(axis.values)
  return {
    kind: 'free',
    output,
    never,
    depends:
      neighbours === null
        ? 'all'
        : (i) => (never[i] ? [0, 0] : [Math.max(0, (left[i] ?? 0) - neighbours), Math.min(n, (left[i] ?? 0) + 2 + neighbours)]),
    run: (values, out) => {
      find(values, slopes)
      for (let i = 0; i < out.length; i++) {
        const at = left[i] ?? 0
        const k = 4 * i
        out[i] =
          (weights[k] ?? 0) * (values[at] ?? 0) +
          (weights[k + 1] ?? 0) * (values[at + 1] ?? 0) +
          (weights[k + 2] ?? 0) * (slopes[at] ?? 0) +
          (weights[k + 3] ?? 0) * (slopes[at + 1] ?? 0)
      }
      return null
    },
  }
}
