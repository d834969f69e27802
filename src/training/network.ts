import { openOnnxEngine } from '../inference/onnx-engine.js'
import type { Step } from '../preprocessing/contract.js'
import { type AxisKind, makeAxis } from '../spectrum/axis.js'
import { type Random, seededRandom } from '../spectrum/random.js'
import { augmented, mixed } from './augment.js'
import { trainCnn } from './cnn.js'
import type { CnnTask, Head, Rows } from './cnn-task.js'
import { calibrate } from './onnx/calibrate.js'
import { floatGraph } from './onnx/float-graph.js'
import { int8Graph } from './onnx/int8-graph.js'
import { quantize } from './onnx/quantize.js'
import { type Measure, measureBy, preparer } from './prepare.js'
import type { Augment, CnnPlan, Recipe } from './recipe.js'

/** Everything that one network is trained from, as plain data: a worker thread takes it as it is. */
export interface NetworkTask {
  readonly axis: { readonly kind: AxisKind; readonly values: Float64Array }
  /** The whole chain, centre and scale included. */
  readonly steps: readonly Step[]
  /** Whether spectra are ratios (changed in absorbance) or relative. */
  readonly ratio: boolean
  readonly counts: Recipe['counts']
  readonly augment: Augment
  readonly cnn: CnnPlan
  readonly head: Head
  /** Spectra to learn from, to stop by and to take the ranges of the quantizer from: no object is in two of them. */
  readonly fit: Examples
  readonly stop: Examples | null
  readonly ranges: Examples
  /** Epochs without a stop part; with one, the most. */
  readonly epochs: number
  readonly seed: number
}

/** Spectra in the quantity of the bundle, before the chain, with class or value and weight of each. */
export interface Examples {
  readonly spectra: readonly Float64Array[]
  readonly targets: readonly number[]
  readonly weights: readonly number[] | null
}

/** The two graphs of one trained net; `int8` is what ships. */
export interface Network {
  readonly int8: Uint8Array
  readonly float: Uint8Array
  readonly bestEpoch: number
}

/** Measurements of each spectrum by which the ranges of the quantizer and early stopping look at it where there are counts. */
const COUNTED_DRAWS = 4

/**
 * Trains a network. Each epoch measures every object anew: augmented, mixed, through counts with fresh noise, through the chain.
 * Ranges and stopping look at spectra as they will be measured, without augmentation.
 */
export const trainNetwork = async (task: NetworkTask, progress?: (epoch: number, epochs: number) => void, signal?: AbortSignal): Promise<Network> => {
  const { cnn, head, fit, stop, ranges, epochs, seed } = task
  const axis = makeAxis(task.axis.kind, task.axis.values)
  const { output, prepare } = preparer(task.steps, axis)
  const measure = measureBy(task.counts, axis.values.length)
  const drawn = (examples: Examples, random: Random): Rows => {
    const draws = task.counts === null ? 1 : COUNTED_DRAWS
    return rowsOf(examples, draws, (n) => prepare(measure(examples.spectra[n] ?? new Float64Array(0), random))?.values ?? null)
  }
  const { net, bestEpoch } = await trainCnn({
    inputs: output.values.length,
    head,
    shape: { convs: cnn.convs, hidden: cnn.hidden },
    draw: (_epoch, random) => epochOf(task, measure, (spectrum) => prepare(spectrum)?.values ?? null, random),
    validation: stop && drawn(stop, fixedRandom(seed, 1)),
    seed,
    epochs,
    batch: cnn.batch,
    learningRate: cnn.learningRate,
    dropout: cnn.dropout,
    weightDecay: cnn.weightDecay,
    patience: stop ? cnn.patience : epochs,
    ...(cnn.backend === 'wasm' ? { backend: 'wasm' as const } : {}),
    ...(progress ? { progress: (at: Parameters<NonNullable<CnnTask['progress']>>[0]) => progress(at.epoch, at.epochs) } : {}),
    ...(signal ? { signal } : {}),
  })
  const { rows } = drawn(ranges, fixedRandom(seed, 2))
  return {
    int8: int8Graph(quantize(net, calibrate(net, rows.length > 0 ? rows : drawn(fit, fixedRandom(seed, 2)).rows, 100))),
    float: floatGraph(net),
    bestEpoch,
  }
}

/** One epoch: every spectrum once. A draw that is unfit (a channel saturated, the chain found nothing) is no example; the next epoch measures it again. */
const epochOf = (task: NetworkTask, measure: Measure, prepare: (spectrum: Float64Array) => Float64Array | null, random: Random): Rows => {
  const { fit, augment, ratio, head } = task
  const values = [...fit.targets]
  const rows = rowsOf(fit, 1, (n) => {
    const own = fit.spectra[n] ?? new Float64Array(0)
    const target = fit.targets[n] ?? Number.NaN
    const partner = augment.mix > 0 && random.uniform() < augment.mix ? partnerOf(fit, n, head, random) : n
    const share = partner === n ? 1 : 0.5 + 0.5 * random.uniform()
    // A class stays what it is between two of its kind; a value lies where the mixture does.
    values[n] = share * target + (1 - share) * (fit.targets[partner] ?? target)
    const spectrum = partner === n ? own : mixed(own, fit.spectra[partner] ?? own, share, ratio)
    return prepare(measure(augmented(augment, spectrum, ratio, random), random))
  })
  return { ...rows, targets: rows.of.map((n) => (head.kind === 'classes' ? (fit.targets[n] ?? 0) : (values[n] ?? Number.NaN))) }
}

/** Another spectrum: of the same class, or of any value; itself where it is the only one. */
const partnerOf = ({ targets }: Examples, n: number, head: Head, random: Random): number => {
  const others = head.kind === 'classes' ? targets.flatMap((target, m) => (target === targets[n] ? [m] : [])) : targets.map((_, m) => m)
  return others[Math.floor(random.uniform() * others.length)] ?? n
}

/** `of` says which spectrum each row came from. */
const rowsOf = (
  { spectra, targets, weights }: Examples,
  draws: number,
  prepare: (n: number) => Float64Array | null,
): Rows & { of: readonly number[] } => {
  const rows: Float32Array[] = []
  const of: number[] = []
  spectra.forEach((_, n) => {
    for (let draw = 0; draw < draws; draw++) {
      const prepared = prepare(n)
      if (prepared === null) continue
      rows.push(Float32Array.from(prepared))
      of.push(n)
    }
  })
  return { rows, of, targets: of.map((n) => targets[n] ?? Number.NaN), ...(weights ? { weights: of.map((n) => weights[n] ?? 1) } : {}) }
}

/** Of its own, so that what is drawn here changes nothing in the order of the training. */
const fixedRandom = (seed: number, part: number): Random => seededRandom((seed ^ (0x2545f491 * part)) >>> 0)

/** Spectra that one call of the engine takes: more would only need more memory. */
const BATCH = 64

/** Outputs of each prepared spectrum from a graph, as the agent's engine computes them. */
export const outputsBy = async (graph: Uint8Array, rows: readonly Float64Array[]): Promise<Float32Array[]> => {
  const engine = await openOnnxEngine(graph)
  try {
    const all: Float32Array[] = []
    for (let at = 0; at < rows.length; at += BATCH) {
      const part = rows.slice(at, at + BATCH)
      const batch = new Float32Array(part.length * engine.inputs)
      part.forEach((row, n) => {
        batch.set(row, n * engine.inputs)
      })
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
