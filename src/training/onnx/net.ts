import { Failure } from '../../failures.js'
import type { Random } from '../../spectrum/random.js'

/** One dimensional convolution: stride 1, bias, ReLU, then max-pool. */
export interface Conv {
  /** Taps of the kernel. */
  readonly width: number
  /** Output channels. */
  readonly channels: number
  /** 2 keeps the larger of each two neighbours (an odd last value is left out), 1 keeps all. */
  readonly pool: 1 | 2
  /** Absent: the length is kept by zeros, (width - 1) >> 1 of them on the left. `none`: it shrinks by width - 1 (imported models). */
  readonly padding?: 'none'
  /** [channels][input channels][width]. */
  readonly weights: Float32Array
  readonly bias: Float32Array
}

/** y = W x + b. */
export interface Dense {
  readonly outputs: number
  /** [outputs][inputs]; behind a convolution the inputs are [channel][position]. */
  readonly weights: Float32Array
  readonly bias: Float32Array
}

/**
 * A trained net as plain data: convolutions, then dense layers, ReLU after each but the last. `head` is a fixed affine map behind
 * the last dense layer that stays in float when the net is quantized (an ordinal head); null where that layer gives the answer.
 * Batch normalisation does not occur: a trainer folds it into weights and bias.
 */
export interface Net {
  readonly inputs: number
  readonly convs: readonly Conv[]
  readonly denses: readonly Dense[]
  readonly head: Dense | null
}

/** The shape alone; the last of `denses` is the number of outputs. */
export interface NetSpec {
  readonly inputs: number
  readonly convs: readonly Pick<Conv, 'width' | 'channels' | 'pool' | 'padding'>[]
  readonly denses: readonly number[]
}

/** Rows before each convolution, and the length of each row behind it, then behind its pool; features before each dense layer. */
export interface Geometry {
  readonly convs: readonly { readonly inputs: number; readonly length: number; readonly pooledLength: number }[]
  readonly denses: readonly { readonly inputs: number }[]
}

export const geometryOf = (spec: NetSpec): Geometry => {
  let inputs = 1
  let length = spec.inputs
  const convs = spec.convs.map((conv) => {
    const { channels, pool } = conv
    const [left, right] = padsOf(conv)
    const own = length + left + right - (conv.width - 1)
    const here = { inputs, length: own, pooledLength: Math.floor(own / pool) }
    inputs = channels
    length = here.pooledLength
    return here
  })
  let features = inputs * length
  const denses = spec.denses.map((outputs) => {
    const here = { inputs: features }
    features = outputs
    return here
  })
  return { convs, denses }
}

/** Zeros on the left and on the right of each row. */
export const padsOf = ({ width, padding }: Pick<Conv, 'width' | 'padding'>): readonly [number, number] => {
  const left = padding === 'none' ? 0 : (width - 1) >> 1
  return [left, padding === 'none' ? 0 : width - 1 - left]
}

export const specOf = (net: Net): NetSpec => ({ inputs: net.inputs, convs: net.convs, denses: net.denses.map(({ outputs }) => outputs) })

/** Values in one row of answers. */
export const outputsOf = (net: Net): number => net.head?.outputs ?? net.denses.at(-1)?.outputs ?? 0

/** Multiplications of one spectrum, head included. */
export const macs = (net: Net): number =>
  geometryOf(specOf(net)).convs.reduce((sum, { length }, i) => sum + length * (net.convs[i]?.weights.length ?? 0), 0) +
  net.denses.reduce((sum, { weights }) => sum + weights.length, net.head?.weights.length ?? 0)

/** Returns the net if every array has the length that its place asks for and every weight is finite, else fails (INVARIANT). */
export const checked = (net: Net): Net => {
  const { convs, denses } = geometryOf(specOf(net))
  const check = (where: string, values: Float32Array, length: number) => {
    if (values.length !== length || length === 0)
      throw new Failure('INVARIANT', { where: `net, ${where}`, seen: `${values.length} values`, allowed: `${length}, more than 0` })
    if (!values.every(Number.isFinite)) throw new Failure('INVARIANT', { where: `net, ${where}`, seen: 'a value that is not finite' })
  }
  if (net.denses.length === 0) throw new Failure('INVARIANT', { where: 'net', seen: 'no dense layer', allowed: 'one or more' })
  net.convs.forEach(({ width, channels, weights, bias }, i) => {
    check(`weights of convolution ${i + 1}`, weights, channels * (convs[i]?.inputs ?? 0) * width)
    check(`bias of convolution ${i + 1}`, bias, channels)
  })
  net.denses.forEach(({ outputs, weights, bias }, i) => {
    check(`weights of dense layer ${i + 1}`, weights, outputs * (denses[i]?.inputs ?? 0))
    check(`bias of dense layer ${i + 1}`, bias, outputs)
  })
  if (net.head) {
    check('weights of the head', net.head.weights, net.head.outputs * (net.denses.at(-1)?.outputs ?? 0))
    check('bias of the head', net.head.bias, net.head.outputs)
  }
  return net
}

/** Normal weights of variance 2 / fan-in (He et al., ICCV 2015, eq. 10), small biases; the same seed gives the same net. For benchmarks and tests. */
export const randomNet = (spec: NetSpec, random: Random): Net => {
  const { convs, denses } = geometryOf(spec)
  const draw = (length: number, sd: number) => Float32Array.from({ length }, () => sd * random.gaussian())
  return checked({
    inputs: spec.inputs,
    convs: spec.convs.map((conv, i) => {
      const { width, channels } = conv
      const fanIn = (convs[i]?.inputs ?? 0) * width
      return { ...conv, weights: draw(channels * fanIn, Math.sqrt(2 / fanIn)), bias: draw(channels, 0.05) }
    }),
    denses: spec.denses.map((outputs, i) => {
      const fanIn = denses[i]?.inputs ?? 0
      return { outputs, weights: draw(outputs * fanIn, Math.sqrt(2 / fanIn)), bias: draw(outputs, 0.05) }
    }),
    head: null,
  })
}
