import type { Dense } from '../onnx/net.js'

/**
 * y = W k(x) + b with k_i(x) = exp(-gamma sum over channels of (stretch (x - c_i))^2): weights of how near a prepared spectrum x is to
 * each centre. For classes the outputs estimate 0 and 1: not logits, but a temperature (near 0.1) makes chances of them.
 */
export interface KernelModel {
  readonly channels: number
  readonly outputs: number
  /** [centres][channels]. */
  readonly centres: Float64Array
  /** Unit of length of each channel: 1 where models were fitted, other numbers behind centre and scale. */
  readonly stretch: Float64Array
  readonly gamma: number
  /** [outputs][centres]. */
  readonly weights: Float64Array
  readonly bias: Float64Array
}

export const centreCount = ({ centres, channels }: Pick<KernelModel, 'centres' | 'channels'>): number => centres.length / channels

/** Answers to one prepared spectrum, in float64: what the graph is compared with. */
export const predict = (model: KernelModel, row: ArrayLike<number>): Float64Array => {
  const { channels, centres, stretch, gamma, weights, bias } = model
  const count = centreCount(model)
  const out = bias.slice()
  for (let i = 0; i < count; i++) {
    let distance = 0
    for (let j = 0; j < channels; j++) distance += ((stretch[j] ?? 0) * ((row[j] ?? 0) - (centres[i * channels + j] ?? 0))) ** 2
    const near = Math.exp(-gamma * distance)
    for (let o = 0; o < out.length; o++) out[o] = (out[o] ?? 0) + near * (weights[o * count + i] ?? 0)
  }
  return out
}

/** The same model of z = (x - mean) / scale: distances stay what they were, whatever the last step of the chain does to channels. */
export const behindScaling = (model: KernelModel, { mean, scale }: { readonly mean: Float64Array; readonly scale: Float64Array }): KernelModel => ({
  ...model,
  centres: model.centres.map((value, at) => (value - (mean[at % model.channels] ?? 0)) / (scale[at % model.channels] ?? 1)),
  stretch: model.stretch.map((own, j) => own * (scale[j] ?? 1)),
})

/** A fixed affine map of the outputs multiplied in, as the head that makes classes of a value (onnx/ordinal.ts). */
export const withHead = (model: KernelModel, head: Dense): KernelModel => {
  const count = centreCount(model)
  const weights = new Float64Array(head.outputs * count)
  const bias = Float64Array.from(head.bias)
  for (let o = 0; o < head.outputs; o++)
    for (let inner = 0; inner < model.outputs; inner++) {
      const factor = head.weights[o * model.outputs + inner] ?? 0
      bias[o] = (bias[o] ?? 0) + factor * (model.bias[inner] ?? 0)
      for (let i = 0; i < count; i++) weights[o * count + i] = (weights[o * count + i] ?? 0) + factor * (model.weights[inner * count + i] ?? 0)
    }
  return { ...model, outputs: head.outputs, weights, bias }
}
