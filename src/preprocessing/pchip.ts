import type { Slopes } from './hermite.js'

/**
 * Monotone slopes (Fritsch, Carlson 1980, SIAM J. Numerical Analysis 17:238; weighted harmonic mean of Fritsch, Butland 1984, ends of
 * Moler 2004), as scipy's PchipInterpolator. A NaN among the three values of a slope makes that slope NaN.
 */
export const pchipSlopes: Slopes = {
  neighbours: 1,
  prepare: (nodes) => {
    const n = nodes.length
    const h = Float64Array.from({ length: n - 1 }, (_, i) => (nodes[i + 1] ?? 0) - (nodes[i] ?? 0))
    const rises = new Float64Array(n - 1)
    return (values, slopes) => {
      for (let i = 0; i < n - 1; i++) rises[i] = ((values[i + 1] ?? 0) - (values[i] ?? 0)) / (h[i] ?? 1)
      for (let i = 1; i < n - 1; i++) slopes[i] = inner(h[i - 1] ?? 0, h[i] ?? 0, rises[i - 1] ?? 0, rises[i] ?? 0)
      slopes[0] = end(h[0] ?? 0, h[1] ?? 0, rises[0] ?? 0, rises[1] ?? 0)
      slopes[n - 1] = end(h[n - 2] ?? 0, h[n - 3] ?? 0, rises[n - 2] ?? 0, rises[n - 3] ?? 0)
    }
  },
}

const inner = (before: number, after: number, riseBefore: number, riseAfter: number): number => {
  if (riseBefore * riseAfter > 0) {
    const left = 2 * after + before
    const right = after + 2 * before
    return (left + right) / (left / riseBefore + right / riseAfter)
  }
  // A turn or a flat stretch; the product keeps a NaN, which no comparison would.
  return Number.isNaN(riseBefore + riseAfter) ? Number.NaN : 0
}

const end = (outer: number, innerStep: number, outerRise: number, innerRise: number): number => {
  const slope = ((2 * outer + innerStep) * outerRise - outer * innerRise) / (outer + innerStep)
  if (Number.isNaN(slope)) return slope
  if (Math.sign(slope) !== Math.sign(outerRise)) return 0
  if (Math.sign(outerRise) !== Math.sign(innerRise) && Math.abs(slope) > 3 * Math.abs(outerRise)) return 3 * outerRise
  return slope
}
