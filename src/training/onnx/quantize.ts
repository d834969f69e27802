import type { Ranges } from './calibrate.js'
import { checked, type Dense, geometryOf, type Net, specOf } from './net.js'

/** real = scale (integer - zero), integers 0 to 255. */
export interface Activation {
  readonly scale: number
  readonly zero: number
}

/** One layer in integers: real weight = scales[output] x weight, real bias = biasScales[output] x bias. */
export interface QuantizedLayer {
  readonly inputs: number
  readonly outputs: number
  /** -127 to 127, symmetric, in the order of the float layer. */
  readonly weights: Int8Array
  readonly scales: Float32Array
  readonly bias: Int32Array
  /** Scale of the layer's input times `scales`, so that biases add to the sums of products as they are. */
  readonly biasScales: Float32Array
}

/** `inputs` and `outputs` count channels; `after` is what the ReLU gives: its zero is 0, so that clipping to 0..255 is the ReLU. */
export interface QuantizedConv extends QuantizedLayer {
  readonly width: number
  readonly pool: 1 | 2
  readonly padding?: 'none'
  readonly after: Activation
}

/** `after` is null for the last: it gives real numbers, so that logits are not rounded once more. */
export interface QuantizedDense extends QuantizedLayer {
  readonly after: Activation | null
}

export interface QuantizedNet {
  readonly inputs: number
  readonly input: Activation
  readonly convs: readonly QuantizedConv[]
  readonly denses: readonly QuantizedDense[]
  /** In float, as it was. */
  readonly head: Dense | null
}

/**
 * Static quantization after training (Jacob et al., CVPR 2018, sections 2 and 3; weights per output channel as in Krishnamoorthi,
 * arXiv 1806.08342, section 3): unsigned 8 bit activations, signed 8 bit weights, 32 bit biases and sums.
 */
export const quantize = (net: Net, ranges: Ranges): QuantizedNet => {
  const geometry = geometryOf(specOf(checked(net)))
  const input = asymmetric(ranges.input)
  const hidden = ranges.hidden.map((top): Activation => ({ scale: scaleOf(top, 255), zero: 0 }))
  const before = (layer: number): Activation => (layer === 0 ? input : (hidden[layer - 1] ?? input))
  const convs = net.convs.map(({ width, channels, pool, padding, weights, bias }, i) => ({
    width,
    pool,
    ...(padding ? { padding } : {}),
    inputs: geometry.convs[i]?.inputs ?? 0,
    after: hidden[i] ?? input,
    ...integers(channels, weights, bias, before(i)),
  }))
  const denses = net.denses.map(({ outputs, weights, bias }, i) => ({
    inputs: geometry.denses[i]?.inputs ?? 0,
    after: i === net.denses.length - 1 ? null : (hidden[convs.length + i] ?? input),
    ...integers(outputs, weights, bias, before(convs.length + i)),
  }))
  return { inputs: net.inputs, input, convs, denses, head: net.head }
}

const integers = (outputs: number, weights: Float32Array, bias: Float32Array, before: Activation): Omit<QuantizedLayer, 'inputs'> => {
  const fanIn = weights.length / outputs
  const largest = (o: number) => weights.subarray(o * fanIn, (o + 1) * fanIn).reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const scales = Float32Array.from({ length: outputs }, (_, o) => scaleOf(largest(o), 127))
  const biasScales = scales.map((scale) => before.scale * scale)
  return {
    outputs,
    weights: Int8Array.from(weights, (w, i) => clip(Math.round(w / (scales[Math.floor(i / fanIn)] ?? 1)), -127, 127)),
    scales,
    bias: Int32Array.from(bias, (b, o) => clip(Math.round(b / (biasScales[o] ?? 1)), -MAX_BIAS, MAX_BIAS)),
    biasScales,
  }
}

/** Leaves the 32 bit sum room for 33,000 products of 255 x 127. */
const MAX_BIAS = 2 ** 30

const asymmetric = ([low, high]: readonly [number, number]): Activation => {
  const scale = scaleOf(Math.max(high, 0) - Math.min(low, 0), 255)
  return { scale, zero: clip(Math.round(-Math.min(low, 0) / scale), 0, 255) }
}

/** The float32 that a graph holds; a range of nothing (a dead channel) gets 1: all its integers are 0. */
const scaleOf = (range: number, steps: number): number => {
  const scale = Math.fround(range / steps)
  return scale > 0 ? scale : 1
}

const clip = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
