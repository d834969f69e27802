import { Failure } from '../../failures.js'
import { DOUBLE, encodeModel, FLOAT, graphBuilder } from '../onnx/graph.js'
import { centreCount, type KernelModel } from './model.js'

/** Numbers in the centres of one graph: 16 MiB of float32, a quarter of what a bundle may be. */
export const MAX_CENTRE_NUMBERS = 2 ** 22

/**
 * The model as an ONNX file, float32 from the outside. Inside it computes in float64: under a small penalty the weights of neighbours are large and
 * cancel, and the 24 bits of float32 would leave an error that differs between processors (0.01 of a one-hot output, measured). The exponent is
 * xc - |x|^2/2 - |c|^2/2 of spectra about the mean of the centres in the kernel's unit of length, one product for all centres; rounding could
 * lift it above 0, so it is cut there. The centres are stored in float32, as the spectra come.
 * @throws Failure INVARIANT where centres and channels are more than MAX_CENTRE_NUMBERS, or a number is not finite in float32.
 */
export const kernelGraph = (model: KernelModel): Uint8Array => {
  const { channels, outputs, centres, gamma, stretch, weights, bias } = model
  if (centres.length > MAX_CENTRE_NUMBERS)
    throw new Failure('INVARIANT', {
      where: 'kernel graph',
      seen: `${centres.length} numbers in the centres`,
      allowed: `at most ${MAX_CENTRE_NUMBERS}`,
    })
  const count = centreCount(model)
  const origin = meanCentre(model)
  const unit = stretch.map((own) => own * Math.sqrt(2 * gamma))
  const moved = Float32Array.from(centres, (value, at) => (value - (origin[at % channels] ?? 0)) * (unit[at % channels] ?? 0))
  // Of the centres as they are stored, so that a spectrum at a centre is at distance 0.
  const halves = Float64Array.from(
    { length: count },
    (_, i) => -moved.subarray(i * channels, (i + 1) * channels).reduce((sum, c) => sum + c * c, 0) / 2,
  )
  for (const values of [moved, Float32Array.from(weights), Float32Array.from(bias)])
    if (!values.every(Number.isFinite)) throw new Failure('INVARIANT', { where: 'kernel graph', seen: 'a number that float32 cannot hold' })

  const { store, step, nodes, tensors } = graphBuilder()
  const wide = (from: string, to: string) => step('Cast', [from], to, { to: DOUBLE })
  const about = step('Sub', [wide('input', 'wide'), store('origin', [channels], origin)], 'about_origin')
  const x = step('Mul', [about, store('unit', [channels], unit)], 'x')
  const learnt = wide(store('centres', [count, channels], moved), 'centres_wide')
  const products = step('Gemm', [x, learnt, store('centre_halves', [count], halves)], 'products', { transB: 1 })
  const squares = step('ReduceSumSquare', [x], 'squares', { axes: [1], keepdims: 1 })
  const half = step('Mul', [squares, store('one_half', [], Float64Array.of(0.5))], 'half_squares')
  const exponent = step('Min', [step('Sub', [products, half], 'exponent'), store('nothing', [], Float64Array.of(0))], 'clipped')
  const near = step('Exp', [exponent], 'near')
  const sum = step('Gemm', [near, store('weights', [outputs, count], weights), store('bias', [outputs], bias)], 'sum', { transB: 1 })
  step('Cast', [sum], 'output', { to: FLOAT })
  return encodeModel({ name: 'kernel', inputs: channels, outputs, nodes, tensors })
}

const meanCentre = (model: KernelModel): Float64Array => {
  const { channels, centres } = model
  const mean = new Float64Array(channels)
  centres.forEach((value, at) => {
    mean[at % channels] = (mean[at % channels] ?? 0) + value / centreCount(model)
  })
  return mean
}
