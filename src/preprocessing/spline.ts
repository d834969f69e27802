import type { Slopes } from './hermite.js'

/**
 * Slopes of the cubic spline (de Boor 1978, chapter IV), `not-a-knot` as scipy's CubicSpline or `natural`: a tridiagonal system in the
 * slopes, factored once for the nodes. The spline is global: one NaN among the values makes every point NaN.
 */
export const splineSlopes = (ends: 'not-a-knot' | 'natural'): Slopes => ({
  neighbours: null,
  prepare: (nodes) => {
    const n = nodes.length
    const h = Float64Array.from({ length: n - 1 }, (_, i) => (nodes[i + 1] ?? 0) - (nodes[i] ?? 0))
    const at = (i: number) => h[i] ?? 0
    const natural = ends === 'natural'
    const first = { diagonal: natural ? 2 : at(1), upper: natural ? 1 : at(0) + at(1) }
    const last = { lower: natural ? 1 : at(n - 2) + at(n - 3), diagonal: natural ? 2 : at(n - 3) }
    // Thomas: the upper diagonal after elimination, and the pivots inverted.
    const lower = Float64Array.from({ length: n }, (_, i) => (i === n - 1 ? last.lower : at(i)))
    const ratio = new Float64Array(n)
    const pivot = new Float64Array(n)
    for (let i = 0; i < n; i++) {
      const diagonal = i === 0 ? first.diagonal : i === n - 1 ? last.diagonal : 2 * (at(i - 1) + at(i))
      const upper = i === 0 ? first.upper : i === n - 1 ? 0 : at(i - 1)
      pivot[i] = 1 / (i === 0 ? diagonal : diagonal - (lower[i] ?? 0) * (ratio[i - 1] ?? 0))
      ratio[i] = upper * (pivot[i] ?? 0)
    }
    return (values, slopes) => {
      const rise = (i: number) => ((values[i + 1] ?? 0) - (values[i] ?? 0)) / (h[i] ?? 1)
      for (let i = 0; i < n; i++) {
        const right =
          i === 0
            ? natural
              ? 3 * rise(0)
              : notAKnot(at(0), at(1), rise(0), rise(1))
            : i === n - 1
              ? natural
                ? 3 * rise(n - 2)
                : notAKnot(at(n - 2), at(n - 3), rise(n - 2), rise(n - 3))
              : 3 * (at(i) * rise(i - 1) + at(i - 1) * rise(i))
        slopes[i] = (right - (i === 0 ? 0 : (lower[i] ?? 0) * (slopes[i - 1] ?? 0))) * (pivot[i] ?? 0)
      }
      for (let i = n - 2; i >= 0; i--) slopes[i] = (slopes[i] ?? 0) - (ratio[i] ?? 0) * (slopes[i + 1] ?? 0)
    }
  },
})

/** Right side of the end row: the third derivative does not jump at the node next to the end. */
const notAKnot = (outer: number, inner: number, outerRise: number, innerRise: number): number => {
  const both = outer + inner
  return ((outer + 2 * both) * inner * outerRise + outer * outer * innerRise) / both
}
