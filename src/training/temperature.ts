/** Temperatures looked at; beyond these a model is not merely over- or under-confident. */
const LOWEST = 0.05
const HIGHEST = 20
const STEPS = 60

/**
 * The temperature T that makes softmax(logits / T) most likely for the true classes (Guo et al. 2017, arXiv 1706.04599), by
 * golden section over log T. `logits[n]` must come from a model that has not seen row n.
 */
export const fitTemperature = (logits: readonly ArrayLike<number>[], truth: readonly number[]): number => {
  const golden = (Math.sqrt(5) - 1) / 2
  const loss = (logT: number) => meanLoss(logits, truth, Math.exp(logT))
  let low = Math.log(LOWEST)
  let high = Math.log(HIGHEST)
  for (let i = 0; i < STEPS; i++) {
    const width = golden * (high - low)
    if (loss(high - width) < loss(low + width)) high = low + width
    else low = high - width
  }
  return Math.exp((low + high) / 2)
}

/** Mean negative log likelihood of the true classes, in nats. */
export const meanLoss = (logits: readonly ArrayLike<number>[], truth: readonly number[], temperature: number): number =>
  logits.reduce((sum, row, n) => {
    const scaled = Array.from(row, (value) => value / temperature)
    const top = Math.max(...scaled)
    const norm = top + Math.log(scaled.reduce((all, value) => all + Math.exp(value - top), 0))
    return sum + (norm - (scaled[truth[n] ?? -1] ?? Number.NaN)) / logits.length
  }, 0)
