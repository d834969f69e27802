/**
 * Takes the weights of the next round from the residuals of this one, in place. True: they stand still, and the baseline is the answer.
 * `live` is 1 where the spectrum holds a value and 0 where it is masked; a masked channel keeps the weight 0. `round` counts from 1.
 */
export type Reweigh = (y: Float64Array, baseline: Float64Array, live: Float64Array, weights: Float64Array, round: number) => boolean

/** Rounds after which airPLS sharpens no further: exp(50) is as far from 1 as a weight need be. */
const AIRPLS_SHARPEST = 50
/** Fewer residuals below 0 than this give neither a sum nor a spread: the baseline lies under the data already. */
const FEWEST_BELOW = 2
/** In place of a spread of 0. */
const LEAST_SPREAD = Number.EPSILON

/** Eilers, Boelens 2005: `p` above the baseline, 1 - `p` on it and below; settled when |w - w_old| / |w_old| < `tol`. */
export const asls = (p: number, tol: number): Reweigh => {
  const levels = Float64Array.of(1 - p, p)
  return (y, baseline, live, weights) => {
    let moved = 0
    let size = 0
    for (let i = 0; i < y.length; i++) {
      // By index, not by branch: around the baseline the comparison is a coin toss, and a branch would guess wrong half the time.
      const next = (levels[Number((y[i] ?? 0) > (baseline[i] ?? 0))] ?? 0) * (live[i] ?? 0)
      const before = weights[i] ?? 0
      moved += (next - before) * (next - before)
      size += before * before
      weights[i] = next
    }
    return moved < tol * tol * size
  }
}

/**
 * Zhang, Chen, Liang 2010: 0 above the baseline, exp(round |d| / sum |d|) below, the sum over what lies below (equation 9 as its author
 * corrected it, zmzhang/airPLS issue 8); settled when that sum is less than `tol` of sum |y|.
 */
export const airpls =
  (tol: number): Reweigh =>
  (y, baseline, live, weights, round) => {
    let below = 0
    let depth = 0
    let size = 0
    for (let i = 0; i < y.length; i++) {
      const short = Math.min(((y[i] ?? 0) - (baseline[i] ?? 0)) * (live[i] ?? 0), 0)
      depth -= short
      below += Number(short < 0)
      size += Math.abs(y[i] ?? 0)
    }
    if (below < FEWEST_BELOW || depth < tol * size) return true
    const scale = Math.min(round, AIRPLS_SHARPEST) / depth
    for (let i = 0; i < y.length; i++) {
      const short = ((baseline[i] ?? 0) - (y[i] ?? 0)) * (live[i] ?? 0)
      weights[i] = short > 0 ? Math.exp(scale * short) : 0
    }
    return false
  }

/**
 * Baek et al. 2015: 1 / (1 + exp(2 (d - (2 s - m)) / s)) with mean m and standard deviation s (divisor n - 1) of the residuals below 0;
 * settled when |w - w_old| / |w_old| < `tol`.
 */
export const arpls =
  (tol: number): Reweigh =>
  (y, baseline, live, weights) => {
    let below = 0
    let sum = 0
    let squares = 0
    for (let i = 0; i < y.length; i++) {
      const short = Math.min(((y[i] ?? 0) - (baseline[i] ?? 0)) * (live[i] ?? 0), 0)
      below += Number(short < 0)
      sum += short
      squares += short * short
    }
    if (below < FEWEST_BELOW) return true
    const mean = sum / below
    const spread = Math.max(Math.sqrt(Math.max(0, squares - sum * mean) / (below - 1)), LEAST_SPREAD)
    const steepness = 2 / spread
    const turn = 2 * spread - mean
    let moved = 0
    let size = 0
    for (let i = 0; i < y.length; i++) {
      const next = (live[i] ?? 0) / (1 + Math.exp(steepness * ((y[i] ?? 0) - (baseline[i] ?? 0) - turn)))
      const before = weights[i] ?? 0
      moved += (next - before) * (next - before)
      size += before * before
      weights[i] = next
    }
    return moved < tol * tol * size
  }
