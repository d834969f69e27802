/** Each channel times a factor, plus a shift. */
export interface Scaled {
  readonly factors: Float64Array
  readonly shifts: Float64Array
}

interface Affine {
  readonly weights: Float32Array
  readonly bias: Float32Array
}

/**
 * Batch normalisation as it computes once trained (Ioffe, Szegedy, ICML 2015, algorithm 2): gamma (x - mean) / sqrt(variance + epsilon) + beta.
 * @param weights gamma and beta where there are any, then moving mean and variance: the order of TF.js
 */
export const normalisationOf = (
  weights: readonly Float32Array[],
  { epsilon, center, scale }: { readonly epsilon: number; readonly center: boolean; readonly scale: boolean },
  channels: number,
): Scaled => {
  const left = [...weights]
  const gamma = scale ? left.shift() : undefined
  const beta = center ? left.shift() : undefined
  const [mean, variance] = left
  const factors = Float64Array.from({ length: channels }, (_, c) => (gamma?.[c] ?? 1) / Math.sqrt((variance?.[c] ?? Number.NaN) + epsilon))
  return { factors, shifts: factors.map((factor, c) => (beta?.[c] ?? 0) - (mean?.[c] ?? Number.NaN) * factor) }
}

/** The same layer with its outputs scaled: weights are [output][...]. */
export const scaledOutputs = ({ weights, bias }: Affine, { factors, shifts }: Scaled): Affine => {
  const fanIn = weights.length / bias.length
  return {
    weights: weights.map((weight, at) => weight * (factors[Math.floor(at / fanIn)] ?? Number.NaN)),
    bias: bias.map((value, o) => value * (factors[o] ?? Number.NaN) + (shifts[o] ?? Number.NaN)),
  }
}

/** The same layer for inputs that are not scaled yet. @param channelOf input channel of a weight by its place in `weights` */
export const scaledInputs = ({ weights, bias }: Affine, { factors, shifts }: Scaled, channelOf: (at: number) => number): Affine => {
  const fanIn = weights.length / bias.length
  const added = new Float64Array(bias.length)
  weights.forEach((weight, at) => {
    const o = Math.floor(at / fanIn)
    added[o] = (added[o] ?? 0) + weight * (shifts[channelOf(at)] ?? Number.NaN)
  })
  return {
    weights: weights.map((weight, at) => weight * (factors[channelOf(at)] ?? Number.NaN)),
    bias: bias.map((value, o) => value + (added[o] ?? 0)),
  }
}
