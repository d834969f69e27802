import { encodeModel, type GraphBuilder, graphBuilder } from './graph.js'
import { padsOf } from './net.js'
import type { Activation, QuantizedLayer, QuantizedNet } from './quantize.js'

/**
 * The quantized net as an ONNX file in QDQ form: every operation stands between DequantizeLinear and QuantizeLinear, from which
 * onnxruntime makes integer kernels (QLinearConv, integer MaxPool, QGemm). Unsigned activations: signed ones have no fast kernel on
 * x64. There is no Relu: with zero point 0 the clipping of QuantizeLinear is one. Run it with `session.x64quantprecision: '1'`,
 * without which processors that know AVX2 but not VNNI saturate in 16 bits. Convolutions are 1-D, the faster form for integers.
 */
export const int8Graph = ({ inputs, input, convs, denses, head }: QuantizedNet): Uint8Array => {
  const builder = graphBuilder()
  const { store, step, nodes, tensors } = builder
  const name = (last: boolean, otherwise: string) => (last ? 'output' : otherwise)

  let at = 'input'
  if (convs.length > 0) at = step('Reshape', [at, store('row_shape', [3], BigInt64Array.of(-1n, 1n, BigInt(inputs)))], 'row')
  at = rounded(builder, at, 'quantized', parameters(builder, 'input', input))
  convs.forEach((conv, i) => {
    const id = `conv${i + 1}`
    const after = parameters(builder, id, conv.after)
    const learnt = weightsOf(builder, id, conv, [conv.outputs, conv.inputs, conv.width])
    at = step('Conv', [at, ...learnt], `${id}_sum`, { kernel_shape: [conv.width], pads: padsOf(conv) })
    at = rounded(builder, at, `${id}_relu`, after)
    // Integer kernels are found only where both sides of a step that computes nothing have one scale.
    if (conv.pool === 2) at = rounded(builder, step('MaxPool', [at], `${id}_max`, { kernel_shape: [2], strides: [2] }), `${id}_pool`, after)
    if (i < convs.length - 1) return
    const shape = store('flat_shape', [2], BigInt64Array.of(-1n, BigInt(denses[0]?.inputs ?? 0)))
    at = rounded(builder, step('Reshape', [at, shape], 'flattened'), 'flat', after)
  })
  denses.forEach((dense, i) => {
    const id = `dense${i + 1}`
    const learnt = weightsOf(builder, id, dense, [dense.outputs, dense.inputs])
    at = step('Gemm', [at, ...learnt], name(dense.after === null && head === null, `${id}_sum`), { transB: 1 })
    if (dense.after) at = rounded(builder, at, `${id}_relu`, parameters(builder, id, dense.after))
  })
  if (head) {
    const weights = store('head_w', [head.outputs, head.weights.length / head.outputs], head.weights)
    step('Gemm', [at, weights, store('head_b', [head.outputs], head.bias)], 'output', { transB: 1 })
  }
  return encodeModel({ name: 'int8', inputs, outputs: head?.outputs ?? denses.at(-1)?.outputs ?? 0, nodes, tensors })
}

/** Scale and zero point, stored once where several steps share them. */
type Parameters = readonly [string, string]

const parameters = ({ store }: GraphBuilder, id: string, { scale, zero }: Activation): Parameters => [
  store(`${id}_scale`, [], Float32Array.of(scale)),
  store(`${id}_zero`, [], Uint8Array.of(zero)),
]

/** `from` to 8 bits and back. */
const rounded = ({ step }: GraphBuilder, from: string, to: string, by: Parameters): string =>
  step('DequantizeLinear', [step('QuantizeLinear', [from, ...by], `${to}_u8`), ...by], to)

/** Weights and biases as real numbers, from integers with one scale per output channel. */
const weightsOf = ({ store, step }: GraphBuilder, id: string, layer: QuantizedLayer, dims: readonly number[]): Parameters => {
  const { outputs, weights, scales, bias, biasScales } = layer
  const zeroOf = (name: string, zeros: Int8Array | Int32Array) => store(`${id}_${name}_zero`, [outputs], zeros)
  const w = [store(`${id}_w_s8`, dims, weights), store(`${id}_w_scale`, [outputs], scales), zeroOf('w', new Int8Array(outputs))]
  const b = [store(`${id}_b_s32`, [outputs], bias), store(`${id}_b_scale`, [outputs], biasScales), zeroOf('b', new Int32Array(outputs))]
  return [step('DequantizeLinear', w, `${id}_w`, { axis: 0 }), step('DequantizeLinear', b, `${id}_b`, { axis: 0 })]
}
