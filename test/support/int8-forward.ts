import type { Activation, QuantizedLayer, QuantizedNet } from '../../src/training/onnx/quantize.js'

/**
 * A quantized net in whole numbers, written from the definition of the ONNX operators QuantizeLinear, QLinearConv, MaxPool and Gemm
 * alone: 8 bit values, 32 bit sums, one rounding (half to even, float32) behind each layer. No part of it is shared with the graph.
 */
export const int8Forward = (net: QuantizedNet, row: Float32Array): Float32Array => {
  const f = Math.fround
  let before: Activation = net.input
  let values: number[] = Array.from(row, (v) => clamp(halfToEven(f(v / before.scale)) + before.zero))
  for (const conv of net.convs) {
    const { width, inputs, outputs, weights, pool, padding } = conv
    const given = values.length / inputs
    const left = padding === 'none' ? 0 : Math.floor((width - 1) / 2)
    const length = padding === 'none' ? given - width + 1 : given
    const next: number[] = []
    for (let o = 0; o < outputs; o++) {
      const line = Array.from({ length }, (_, p) => {
        let sum = conv.bias[o] ?? 0
        for (let i = 0; i < inputs; i++)
          for (let k = 0; k < width; k++) {
            const at = p + k - left
            if (at >= 0 && at < given) sum += (weights[(o * inputs + i) * width + k] ?? 0) * ((values[i * given + at] ?? 0) - before.zero)
          }
        return rescaled(sum, o, conv, before, conv.after)
      })
      for (let p = 0; p + pool <= length; p += pool) next.push(Math.max(...line.slice(p, p + pool)))
    }
    values = next
    before = conv.after
  }
  let logits = new Float32Array(0)
  for (const dense of net.denses) {
    const sums = Array.from({ length: dense.outputs }, (_, o) =>
      values.reduce((sum, v, i) => sum + (dense.weights[o * dense.inputs + i] ?? 0) * (v - before.zero), dense.bias[o] ?? 0),
    )
    const after = dense.after
    if (after) {
      const scale = before
      values = sums.map((sum, o) => rescaled(sum, o, dense, scale, after))
      before = after
    } else {
      const scale = before.scale
      logits = Float32Array.from(sums, (sum, o) => f(f(sum) * f(scale * (dense.scales[o] ?? 1))))
    }
  }
  const head = net.head
  if (!head) return logits
  return Float32Array.from({ length: head.outputs }, (_, o) =>
    logits.reduce((sum, v, i) => sum + (head.weights[o * logits.length + i] ?? 0) * v, head.bias[o] ?? 0),
  )
}

const rescaled = (sum: number, output: number, layer: QuantizedLayer, before: Activation, after: Activation): number => {
  const factor = Math.fround(Math.fround(before.scale * (layer.scales[output] ?? 1)) / after.scale)
  return clamp(halfToEven(Math.fround(Math.fround(sum) * factor)) + after.zero)
}

const halfToEven = (value: number): number => {
  const down = Math.floor(value)
  if (value - down !== 0.5) return Math.round(value)
  return down % 2 === 0 ? down : down + 1
}

const clamp = (value: number): number => Math.min(255, Math.max(0, value))
