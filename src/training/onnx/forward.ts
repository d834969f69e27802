import { type Conv, type Dense, type Net, padsOf } from './net.js'

/** What one spectrum becomes on its way through a net. */
export interface Passage {
  /** Behind the ReLU (and pool) of each hidden layer in order: [channel][position] for convolutions. */
  readonly hidden: readonly Float32Array[]
  /** The last dense layer, before the head. */
  readonly last: Float32Array
  /** The answer: behind the head where there is one. */
  readonly output: Float32Array
}

/** The net in plain TypeScript, one spectrum of `net.inputs` values: the reference for graphs and for calibration, not for the hot path. */
export const forward = (net: Net, row: Float32Array): Float32Array => passage(net, row).output

export const passage = (net: Net, row: Float32Array): Passage => {
  const hidden: Float32Array[] = []
  let values = row
  for (const conv of net.convs) {
    values = maxPool(relu(convolve(conv, values)), conv)
    hidden.push(values)
  }
  net.denses.forEach((dense, i) => {
    values = multiply(dense, values)
    if (i < net.denses.length - 1) hidden.push(relu(values))
  })
  return { hidden, last: values, output: net.head ? multiply(net.head, values) : values }
}

const convolve = (conv: Conv, input: Float32Array): Float32Array => {
  const { width, channels, weights, bias } = conv
  const inputs = weights.length / channels / width
  const given = input.length / inputs
  const [left, right] = padsOf(conv)
  const length = given + left + right - (width - 1)
  const out = new Float32Array(channels * length)
  const sum = new Float64Array(length)
  for (let o = 0; o < channels; o++) {
    sum.fill(bias[o] ?? 0)
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < width; k++) {
        const weight = weights[(o * inputs + i) * width + k] ?? 0
        const shift = k - left
        for (let p = Math.max(0, -shift); p < Math.min(length, given - shift); p++)
          sum[p] = (sum[p] ?? 0) + weight * (input[i * given + p + shift] ?? 0)
      }
    out.set(sum, o * length)
  }
  return out
}

/** Changes `values` itself. */
const relu = (values: Float32Array): Float32Array => {
  for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) < 0) values[i] = 0
  return values
}

const maxPool = (values: Float32Array, { channels, pool }: Conv): Float32Array => {
  if (pool === 1) return values
  const length = values.length / channels
  const half = Math.floor(length / 2)
  const at = (i: number) => values[Math.floor(i / half) * length + 2 * (i % half)] ?? 0
  const after = (i: number) => values[Math.floor(i / half) * length + 2 * (i % half) + 1] ?? 0
  return Float32Array.from({ length: channels * half }, (_, i) => Math.max(at(i), after(i)))
}

const multiply = ({ outputs, weights, bias }: Dense, input: Float32Array): Float32Array =>
  Float32Array.from({ length: outputs }, (_, o) => {
    let sum = bias[o] ?? 0
    for (let i = 0; i < input.length; i++) sum += (weights[o * input.length + i] ?? 0) * (input[i] ?? 0)
    return sum
  })
