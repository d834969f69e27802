/** Updates weights in place from their gradients. */
export interface Optimizer {
  step(gradients: readonly Float32Array[], learningRate: number): void
}

/**
 * Adam with decoupled weight decay (Kingma and Ba, ICLR 2015, algorithm 1; Loshchilov and Hutter, ICLR 2019, algorithm 2):
 * beta1 0.9, beta2 0.999, epsilon 1e-8. Only arrays that `decays` names shrink by learningRate x weightDecay a step (not biases).
 * In plain TypeScript, so that the same gradients give the same weights behind every backend.
 */
export const adam = (parameters: readonly Float32Array[], weightDecay: number, decays: (index: number) => boolean): Optimizer => {
  const means = parameters.map(({ length }) => new Float64Array(length))
  const squares = parameters.map(({ length }) => new Float64Array(length))
  let steps = 0
  return {
    step(gradients, learningRate) {
      steps++
      const meanBias = 1 - BETA1 ** steps
      const squareBias = 1 - BETA2 ** steps
      parameters.forEach((values, p) => {
        const mean = means[p] ?? new Float64Array(0)
        const square = squares[p] ?? new Float64Array(0)
        const gradient = gradients[p] ?? new Float32Array(0)
        const kept = decays(p) ? 1 - learningRate * weightDecay : 1
        for (let i = 0; i < values.length; i++) {
          const g = gradient[i] ?? 0
          const m = BETA1 * (mean[i] ?? 0) + (1 - BETA1) * g
          const s = BETA2 * (square[i] ?? 0) + (1 - BETA2) * g * g
          mean[i] = m
          square[i] = s
          values[i] = kept * (values[i] ?? 0) - (learningRate * (m / meanBias)) / (Math.sqrt(s / squareBias) + EPSILON)
        }
      })
    },
  }
}

const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-8
