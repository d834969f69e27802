import { openOnnxEngine } from '../inference/onnx-engine.js'
import type { Random } from '../spectrum/random.js'
import { trainCnn } from './cnn.js'
import type { Head } from './cnn-task.js'
import { calibrate } from './onnx/calibrate.js'
import { floatGraph } from './onnx/float-graph.js'
import { int8Graph } from './onnx/int8-graph.js'
import { quantize } from './onnx/quantize.js'
import { augmented, type Measure, type Prepared } from './prepare.js'
import type { Recipe } from './recipe.js'

/** Logits per unit of a dose-like value before the temperature is fitted, as a share of the width between the limits. */
const SLOPE_PER_WIDTH = 10

export interface NetworkTask {
  readonly recipe: Recipe
  readonly labels: readonly string[]
  /** Ratios on the instrument's axis, and the class or value of each. */
  readonly ratios: readonly Float64Array[]
  readonly truth: readonly number[]
  readonly values: readonly number[]
  readonly measure: Measure
  readonly prepare: (ratio: Float64Array) => Prepared | null
  readonly channels: number
  /** Spectra of the same objects as they will be measured: for the ranges of the quantizer. */
  readonly calibration: readonly Float64Array[]
  readonly seed: number
  readonly progress?: ((epoch: number, epochs: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** The two graphs of one trained net; `int8` is what ships. */
export interface Network {
  readonly int8: Uint8Array
  readonly float: Uint8Array
}

/**
 * Trains the network of a recipe. Each epoch measures every object anew: augmented, through counts with fresh noise, through the chain.
 * Always on TF.js's WebAssembly, whose numbers are the same on every machine.
 */
export const trainNetwork = async (task: NetworkTask): Promise<Network> => {
  const { recipe, labels, ratios, truth, values, measure, prepare, channels, calibration, seed, progress, signal } = task
  const { target, cnn } = recipe
  const head: Head =
    target.kind === 'limits'
      ? { kind: 'ordinal', limits: target.limits, slope: SLOPE_PER_WIDTH / (target.limits[1] - target.limits[0]) }
      : { kind: 'classes', labels: labels.length }
  const targets = target.kind === 'limits' ? values : truth
  const draw = (_epoch: number, random: Random) => {
    const rows: Float32Array[] = []
    const own: number[] = []
    ratios.forEach((ratio, n) => {
      // A draw in which a channel saturated or the chain found nothing is no example; the next epoch measures the object again.
      const prepared = prepare(measure(augmented(recipe.augment, ratio, random), random))
      const target = targets[n]
      if (prepared === null || target === undefined) return
      rows.push(Float32Array.from(prepared.values))
      own.push(target)
    })
    return { rows, targets: own }
  }
  const { net } = await trainCnn({
    inputs: channels,
    head,
    shape: { convs: cnn.convs, hidden: cnn.hidden },
    draw,
    validation: null,
    seed,
    epochs: cnn.epochs,
    batch: cnn.batch,
    learningRate: cnn.learningRate,
    dropout: cnn.dropout,
    weightDecay: cnn.weightDecay,
    patience: cnn.epochs,
    backend: 'wasm',
    ...(progress ? { progress: ({ epoch, epochs }) => progress(epoch, epochs) } : {}),
    ...(signal ? { signal } : {}),
  })
  const rows = calibration.map((row) => Float32Array.from(row))
  return { int8: int8Graph(quantize(net, calibrate(net, rows, 100))), float: floatGraph(net) }
}

/** Spectra that one call of the engine takes: more would only need more memory. */
const BATCH = 64

/** Logits of each prepared spectrum from a graph, as the agent's engine computes them. */
export const logitsOf = async (graph: Uint8Array, rows: readonly Float64Array[]): Promise<Float32Array[]> => {
  const engine = await openOnnxEngine(graph)
  try {
    const all: Float32Array[] = []
    for (let at = 0; at < rows.length; at += BATCH) {
      const part = rows.slice(at, at + BATCH)
      const batch = Float32Array.from(part.flatMap((row) => [...row]))
      const outputs = await engine.predict(batch, part.length)
      part.forEach((_, n) => {
        all.push(outputs.slice(n * engine.outputs, (n + 1) * engine.outputs))
      })
    }
    return all
  } finally {
    await engine.close()
  }
}
