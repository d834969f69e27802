/** Largest penalty: beyond it a weight of 1 on the diagonal is lost in the digits of the penalty. */
export const MAX_LAMBDA = 1e12

/** Solves one penalised least-squares system after the other, without allocating. */
export interface PenalisedSolver {
  /**
   * Fills `z` with the solution of (W + lam D'D) z = W y. `weights` are not negative; where one is 0, `y` must still be finite.
   * False where the weights do not determine the curve; `z` then means nothing.
   */
  solve(weights: Float64Array, y: Float64Array, z: Float64Array): boolean
}

/**
 * The Whittaker system for n points and differences of order 1 or 2 (Eilers 2003, Analytical Chemistry 75:3631): symmetric with two bands
 * beside the diagonal, solved by LDL'. Each pivot waits for the one before it, so the rows are taken from both ends at once and meet in
 * two rows in the middle: two divisions are under way at any time instead of one. D'D reads the same from both ends, so the two runs
 * share its bands.
 */
export const penalisedSolver = (n: number, lam: number, order: 1 | 2): PenalisedSolver => {
  const { diagonal, first, second } = penaltyBands(n, lam, order)
  const near = new Float64Array(n)
  const far = new Float64Array(n)
  // Rows 0 to middle - 1 come from the top, middle + 2 to n - 1 from the bottom: one more when n is odd.
  const middle = Math.floor(n / 2) - 1
  return {
    solve: (weights, y, z) => {
      let offT = first[0] ?? 0
      let offB = offT
      let cutT = 0
      let cutB = 0
      let laterT = 0
      let laterB = 0
      let rightT = 0
      let rightB = 0
      let rightLaterT = 0
      let rightLaterB = 0
      for (let i = 0, j = n - 1; i < middle; i++, j--) {
        const wT = weights[i] ?? 0
        const wB = weights[j] ?? 0
        const own = diagonal[i] ?? 0
        const next = first[i + 1] ?? 0
        const pivotT = own + wT - cutT
        const pivotB = own + wB - cutB
        if (!(pivotT > 0 && pivotB > 0)) return false
        const inverseT = 1 / pivotT
        const inverseB = 1 / pivotB
        const nearT = offT * inverseT
        const nearB = offB * inverseB
        const farT = second * inverseT
        const farB = second * inverseB
        const gT = wT * (y[i] ?? 0) - rightT
        const gB = wB * (y[j] ?? 0) - rightB
        near[i] = nearT
        near[j] = nearB
        far[i] = farT
        far[j] = farB
        z[i] = gT * inverseT
        z[j] = gB * inverseB
        cutT = laterT + nearT * offT
        cutB = laterB + nearB * offB
        laterT = farT * second
        laterB = farB * second
        rightT = rightLaterT + nearT * gT
        rightB = rightLaterB + nearB * gB
        rightLaterT = farT * gT
        rightLaterB = farB * gB
        offT = next - nearT * second
        offB = next - nearB * second
      }
      if (n % 2 === 1) {
        const j = middle + 2
        const w = weights[j] ?? 0
        const pivot = (diagonal[j] ?? 0) + w - cutB
        if (!(pivot > 0)) return false
        const g = w * (y[j] ?? 0) - rightB
        near[j] = offB / pivot
        far[j] = second / pivot
        z[j] = g / pivot
        cutB = laterB + (near[j] ?? 0) * offB
        laterB = (far[j] ?? 0) * second
        rightB = rightLaterB + (near[j] ?? 0) * g
        rightLaterB = (far[j] ?? 0) * g
        offB = (first[middle] ?? 0) - (near[j] ?? 0) * second
      }
      const w0 = weights[middle] ?? 0
      const w1 = weights[middle + 1] ?? 0
      const pivot0 = (diagonal[middle] ?? 0) + w0 - cutT - laterB
      const off = offT + offB - (first[middle] ?? 0)
      const share = off / pivot0
      const pivot1 = (diagonal[middle + 1] ?? 0) + w1 - cutB - laterT - share * off
      if (!(pivot0 > 0 && pivot1 > 0)) return false
      const g0 = w0 * (y[middle] ?? 0) - rightT - rightLaterB
      const g1 = w1 * (y[middle + 1] ?? 0) - rightB - rightLaterT
      const upper = (g1 - share * g0) / pivot1
      const lower = g0 / pivot0 - share * upper
      z[middle] = lower
      z[middle + 1] = upper
      spread(near, far, z, middle, lower, upper)
      return true
    },
  }
}

/** Back substitution from the two middle rows to both ends. */
const spread = (near: Float64Array, far: Float64Array, z: Float64Array, middle: number, lower: number, upper: number) => {
  const n = z.length
  let beforeT = lower
  let beyondT = upper
  let beforeB = upper
  let beyondB = lower
  let j = middle + 2
  if (n % 2 === 1) {
    const value = (z[j] ?? 0) - (near[j] ?? 0) * beforeB - (far[j] ?? 0) * beyondB
    z[j++] = value
    beyondB = beforeB
    beforeB = value
  }
  for (let i = middle - 1; i >= 0; i--, j++) {
    const top = (z[i] ?? 0) - (far[i] ?? 0) * beyondT - (near[i] ?? 0) * beforeT
    const bottom = (z[j] ?? 0) - (far[j] ?? 0) * beyondB - (near[j] ?? 0) * beforeB
    z[i] = top
    z[j] = bottom
    beyondT = beforeT
    beforeT = top
    beyondB = beforeB
    beforeB = bottom
  }
}

/** lam D'D: its diagonal, the band beside it, and the one value of the second band (0 for first differences). */
const penaltyBands = (n: number, lam: number, order: 1 | 2) => {
  const difference = order === 1 ? [-1, 1] : [1, -2, 1]
  const diagonal = new Float64Array(n)
  const first = new Float64Array(n)
  for (let row = 0; row + order < n; row++)
    difference.forEach((factor, k) => {
      diagonal[row + k] = (diagonal[row + k] ?? 0) + lam * factor * factor
      if (k < order) first[row + k] = (first[row + k] ?? 0) + lam * factor * (difference[k + 1] ?? 0)
    })
  return { diagonal, first, second: order === 1 ? 0 : lam }
}
