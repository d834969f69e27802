import type { Slopes } from './hermite.js'

/** Where both differences of rises are below this part of the largest, the curve is straight and the plain mean is taken (scipy). */
const STRAIGHT = 1e-9

/** Akima's slopes (Akima 1970, Journal of the ACM 17:589), as scipy's Akima1DInterpolator. A NaN reaches the slopes of two nodes to each side. */
export const akimaSlopes: Slopes = {
  neighbours: 2,
  prepare: (nodes) => {
    const n = nodes.length
    // Two made-up rises stand before and two behind: rise k between nodes k and k+1 is rises[k + 2].
    const rises = new Float64Array(n + 3)
    return (values, slopes) => {
      for (let i = 0; i < n - 1; i++) rises[i + 2] = ((values[i + 1] ?? 0) - (values[i] ?? 0)) / ((nodes[i + 1] ?? 0) - (nodes[i] ?? 0))
      rises[1] = 2 * (rises[2] ?? 0) - (rises[3] ?? 0)
      rises[0] = 2 * (rises[1] ?? 0) - (rises[2] ?? 0)
      rises[n + 1] = 2 * (rises[n] ?? 0) - (rises[n - 1] ?? 0)
      rises[n + 2] = 2 * (rises[n + 1] ?? 0) - (rises[n] ?? 0)
      let largest = 0
      for (let i = 0; i < n; i++) {
        const both = change(rises, i + 2) + change(rises, i)
        if (both > largest) largest = both
      }
      for (let i = 0; i < n; i++) {
        const after = change(rises, i + 2)
        const before = change(rises, i)
        slopes[i] =
          after + before <= STRAIGHT * largest
            ? 0.5 * ((rises[i + 3] ?? 0) + (rises[i] ?? 0))
            : (after * (rises[i + 1] ?? 0) + before * (rises[i + 2] ?? 0)) / (after + before)
      }
    }
  },
}

const change = (rises: Float64Array, i: number): number => Math.abs((rises[i + 1] ?? 0) - (rises[i] ?? 0))
