/**
 * Softmax of `logits[offset .. offset + out.length)` divided by `temperature` (Guo et al. 2017, "On Calibration of Modern Neural Networks",
 * section 4.2) into `out`. The largest logit is taken off first, so that nothing overflows.
 * @returns false, and `out` means nothing, where a logit is not finite: no score can be given then.
 */
export const softmax = (logits: ArrayLike<number>, offset: number, temperature: number, out: Float64Array): boolean => {
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < out.length; i++) {
    const logit = logits[offset + i] ?? Number.NaN
    if (!Number.isFinite(logit)) return false
    if (logit > largest) largest = logit
  }
  let sum = 0
  for (let i = 0; i < out.length; i++) {
    const e = Math.exp(((logits[offset + i] ?? 0) - largest) / temperature)
    out[i] = e
    sum += e
  }
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) / sum
  return true
}

/**
 * The smallest set of labels whose scores, taken from the highest, reach `confidence`; in that order, the earlier label first where scores are equal.
 * All labels where rounding keeps the sum below it.
 */
export const predictionSet = (labels: readonly string[], scores: Float64Array, confidence: number): readonly string[] => {
  // The common case first: one label stands, and nothing is sorted for it.
  const top = indexOfLargest(scores)
  if ((scores[top] ?? 0) >= confidence) return [labels[top] ?? '']
  const order = labels.map((_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
  let sum = 0
  const needed = order.findIndex((i) => {
    sum += scores[i] ?? 0
    return sum >= confidence
  })
  return (needed < 0 ? order : order.slice(0, needed + 1)).map((i) => labels[i] ?? '')
}

/** Index of the highest score, the first of equal ones. */
export const indexOfLargest = (scores: ArrayLike<number>): number => {
  let at = 0
  for (let i = 1; i < scores.length; i++) if ((scores[i] ?? 0) > (scores[at] ?? 0)) at = i
  return at
}
