import { Failure } from '../../failures.js'
import { type Conv, checked, type Dense, type Net } from '../onnx/net.js'
import { type Known, settingsOf } from './layer-settings.js'
import type { Layer, LayersModel } from './layers-model.js'
import { normalisationOf, type Scaled, scaledInputs, scaledOutputs } from './normalisation.js'

/** What is read so far, and what the next layer stands on. */
interface Reading {
  convs: Conv[]
  denses: Dense[]
  /** `rows`: `channels` values at each of `length` places, the long axis of TF.js at `axis` of its shape; `flat`: behind Flatten. */
  shape: { kind: 'rows' | 'flat'; channels: number; length: number; axis: number; rank: number }
  /** Whether ReLU, and then a softmax, stand behind the last layer with weights. */
  relu: boolean
  softmax: boolean
  /** A normalisation that waits for the next layer with weights: nothing of it can go into the one before. */
  waiting: Scaled | null
}

/**
 * The net of a LayersModel: batch normalisation folded into weights, a last softmax left out, for the agent computes it from the logits. Weights of
 * TF.js are [width][in][out] and [in][out], flattened place by place; ours [out][in][width] and [out][in], channel by channel.
 * @throws Failure DATA_INVALID naming the first layer that no net of ours can hold.
 */
export const netOfLayers = ({ input, layers }: LayersModel): Net => {
  const state: Reading = { convs: [], denses: [], shape: shapeOf(input, 'input'), relu: false, softmax: false, waiting: null }
  const inputs = state.shape.length
  for (const layer of layers) {
    const settings = settingsOf(layer)
    if (settings === null) continue
    if (state.softmax) refuse(layer, 'behind softmax', 'softmax as the last')
    take(state, layer, settings)
  }
  const end = { name: 'output', kind: 'the end' }
  if (state.denses.length === 0 || state.relu || state.waiting) refuse(end, 'no Dense layer as the last', 'Dense, linear or softmax, as the last')
  return checked({ inputs, convs: state.convs, denses: state.denses, head: null })
}

const take = (state: Reading, layer: Layer, settings: Known): void => {
  switch (settings.kind) {
    case 'Conv1D':
    case 'Conv2D':
      takeConv(state, layer, settings)
      activate(state, layer, settings.activation)
      break
    case 'Dense':
      takeDense(state, layer, settings.units)
      activate(state, layer, settings.activation)
      break
    case 'MaxPooling1D':
    case 'MaxPooling2D':
      takePool(state, layer, settings)
      break
    case 'BatchNormalization':
      takeNormalisation(state, layer, settings)
      break
    case 'Activation':
      activate(state, layer, settings.activation)
      break
    case 'ReLU':
      activate(state, layer, 'relu')
      break
    case 'Softmax':
      activate(state, layer, 'softmax')
      break
    case 'Flatten':
      state.shape = { ...state.shape, kind: 'flat', rank: 1 }
      break
    case 'Reshape':
      takeReshape(state, layer, settings.targetShape)
  }
}

type ConvSettings = Extract<Known, { kind: 'Conv1D' | 'Conv2D' }>
type PoolSettings = Extract<Known, { kind: 'MaxPooling1D' | 'MaxPooling2D' }>

const takeConv = (state: Reading, layer: Layer, { kernelSize, filters, padding }: ConvSettings): void => {
  const { kind, channels, length, axis } = state.shape
  if (kind !== 'rows' || state.denses.length > 0) refuse(layer, 'a convolution behind Flatten or Dense', 'convolutions first')
  if (state.convs.length > 0 && !state.relu) refuse(layer, 'a convolution behind one without ReLU', 'ReLU behind each convolution')
  if (kernelSize.axis !== null && kernelSize.axis !== axis) refuse(layer, 'a kernel across the spectrum', 'one along it')
  const width = kernelSize.size
  const [kernel = new Float32Array(0), bias = new Float32Array(filters)] = layer.weights
  const weights = new Float32Array(filters * channels * width)
  for (let k = 0; k < width; k++)
    for (let i = 0; i < channels; i++)
      for (let o = 0; o < filters; o++) weights[(o * channels + i) * width + k] = kernel[(k * channels + i) * filters + o] ?? Number.NaN
  let own: Pick<Conv, 'weights' | 'bias'> = { weights, bias }
  if (state.waiting) {
    // At the ends the zeros stand for values that were never shifted: one bias for all places would be wrong there.
    if (padding === 'same' && width > 1)
      refuse(layer, 'padding "same" behind a normalisation that stands behind ReLU', 'BatchNormalization before ReLU, or padding "valid"')
    own = scaledInputs(own, state.waiting, (at) => Math.floor(at / width) % channels)
    state.waiting = null
  }
  state.convs.push({ width, channels: filters, pool: 1, ...(padding === 'valid' && width > 1 ? { padding: 'none' } : {}), ...own })
  state.shape = { ...state.shape, channels: filters, length: padding === 'valid' ? length - width + 1 : length }
  state.relu = false
}

const takeDense = (state: Reading, layer: Layer, units: number): void => {
  const { kind, channels, length } = state.shape
  if (kind !== 'flat') refuse(layer, 'Dense on rows of channels', 'Flatten before it')
  if (state.convs.length + state.denses.length > 0 && !state.relu) refuse(layer, 'Dense behind a layer without ReLU', 'ReLU between layers')
  const inputs = channels * length
  const [kernel = new Float32Array(0), bias = new Float32Array(units)] = layer.weights
  // Feature p * channels + c of TF.js is ours c * length + p.
  const weights = Float32Array.from({ length: units * inputs }, (_, at) => {
    const [o, i] = [Math.floor(at / inputs), at % inputs]
    const [c, p] = [Math.floor(i / length), i % length]
    return kernel[(p * channels + c) * units + o] ?? Number.NaN
  })
  const own = state.waiting ? scaledInputs({ weights, bias }, state.waiting, (at) => Math.floor((at % inputs) / length)) : { weights, bias }
  state.waiting = null
  state.denses.push({ outputs: units, ...own })
  // One place of many channels, so that a normalisation behind it counts them as it does those of a convolution.
  state.shape = { kind: 'flat', channels: units, length: 1, axis: 0, rank: 1 }
  state.relu = false
}

const takePool = (state: Reading, layer: Layer, { poolSize, strides, padding }: PoolSettings): void => {
  const last = state.convs.at(-1)
  const { kind, length, axis } = state.shape
  if (!last || kind !== 'rows' || last.pool !== 1) throw refusal(layer, 'a pool that does not follow a convolution', 'one pool behind a convolution')
  if ([poolSize, strides].some((one) => one.axis !== null && one.axis !== axis)) refuse(layer, 'a pool across the spectrum', 'one along it')
  if (padding === 'same' && length % 2 === 1) refuse(layer, `padding "same" of ${length} places`, 'padding "valid", or an even number of places')
  if (state.waiting?.factors.some((factor) => factor <= 0))
    refuse(layer, 'a pool behind a normalisation with a factor below zero', 'BatchNormalization behind the pool')
  state.convs[state.convs.length - 1] = { ...last, pool: 2 }
  state.shape = { ...state.shape, length: Math.floor(length / 2) }
}

const takeNormalisation = (state: Reading, layer: Layer, settings: Extract<Known, { kind: 'BatchNormalization' }>): void => {
  const { kind, channels, rank, length } = state.shape
  if (settings.axis !== -1 && settings.axis !== rank) refuse(layer, `axis ${settings.axis}`, '-1, the channels')
  if (kind === 'flat' && length > 1) refuse(layer, 'a normalisation of each place behind Flatten', 'BatchNormalization before Flatten')
  if (state.waiting) refuse(layer, 'a second normalisation', 'one behind a layer')
  const scaled = normalisationOf(layer.weights, settings, channels)
  const [conv, dense] = [state.convs.at(-1), state.denses.at(-1)]
  const isBare = !state.relu && (dense ?? (conv?.pool === 1 ? conv : undefined)) !== undefined
  if (!isBare) state.waiting = scaled
  else if (dense) state.denses[state.denses.length - 1] = { ...dense, ...scaledOutputs(dense, scaled) }
  else if (conv) state.convs[state.convs.length - 1] = { ...conv, ...scaledOutputs(conv, scaled) }
}

const activate = (state: Reading, layer: Layer, activation: 'linear' | 'relu' | 'softmax'): void => {
  if (activation === 'linear') return
  if (state.waiting || state.convs.length + state.denses.length === 0)
    refuse(layer, `${activation} that does not follow a layer with weights`, 'Conv or Dense before it')
  if (activation === 'relu') {
    state.relu = true
    return
  }
  if (state.denses.length === 0 || state.relu) refuse(layer, 'softmax', 'softmax behind the last Dense')
  state.softmax = true
}

const takeReshape = (state: Reading, layer: Layer, target: readonly number[]): void => {
  if (state.convs.length + state.denses.length > 0) refuse(layer, 'Reshape between layers', 'Reshape of the input, Flatten behind convolutions')
  const free = target.map((one) => (one === -1 ? state.shape.length : one))
  state.shape = shapeOf(free, layer.name)
}

/** [length], [length, 1], [1, length, 1] or [length, 1, 1] of one spectrum. */
const shapeOf = (shape: readonly number[], name: string): Reading['shape'] => {
  const axis = shape.findIndex((one) => one !== 1)
  const length = shape[axis] ?? Number.NaN
  const isLine = Number.isInteger(length) && length > 1 && shape.every((one, i) => one === 1 || i === axis)
  if (!isLine || shape.length > 3 || (shape.length > 1 && axis === shape.length - 1))
    refuse({ name, kind: 'shape' }, `the shape [${shape.join(', ')}]`, '[channels], [channels, 1], [1, channels, 1] or [channels, 1, 1]')
  return { kind: shape.length === 1 ? 'flat' : 'rows', channels: 1, length, axis, rank: shape.length }
}

const refuse = (layer: Pick<Layer, 'name' | 'kind'>, seen: string, allowed: string): never => {
  throw refusal(layer, seen, allowed)
}

const refusal = ({ name, kind }: Pick<Layer, 'name' | 'kind'>, seen: string, allowed: string): Failure =>
  new Failure('DATA_INVALID', { where: `layer "${name}" (${kind})`, seen, allowed })
