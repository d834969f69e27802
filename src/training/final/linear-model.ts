import type { Step } from '../../preprocessing/contract.js'
import type { Family, Fitted, HeldOut, Subjects, Targets } from '../contract.js'
import { kernelGraph } from '../kernel/graph.js'
import { behindScaling, withHead } from '../kernel/model.js'
import { outputsBy } from '../network.js'
import { linearGraph } from '../onnx/linear-graph.js'
import { ordinalHead } from '../onnx/ordinal.js'
import { centerScaleOf, type Prepared } from '../prepare.js'
import type { Recipe } from '../recipe.js'
import type { ModelBench } from '../search/bench.js'
import type { ChainRows } from '../search/chains.js'
import type { Repeat } from '../search/folds.js'
import { slopeOf } from '../search/networks.js'
import { isWords } from '../search/score.js'

/** Centre and scale that stand between the chain's end and the graph. */
export interface Scaling {
  readonly step: Step
  readonly mean: Float64Array
  readonly scale: Float64Array
}

export interface LinearTask {
  readonly chain: ChainRows
  readonly family: Family
  /** Index into the settings of the family. */
  readonly setting: number
  readonly subjects: Subjects
  readonly priors: Recipe['priors']
  readonly benchOf: (train: readonly number[]) => ModelBench
}

export const scalingOf = (rows: readonly Float64Array[], floor: number): Scaling => {
  const step = centerScaleOf(rows, floor)
  const list = (name: string) => {
    const values = step[name]
    return Float64Array.from(Array.isArray(values) ? values.map(Number) : [])
  }
  return { step, mean: list('mean'), scale: list('scale') }
}

export const scaled = ({ mean, scale }: Scaling, row: Float64Array): Float64Array => row.map((value, i) => (value - (mean[i] ?? 0)) / (scale[i] ?? 1))

/**
 * The fp32 graph of a model behind centre and scale. Linear: with x = mean + scale z, W x + b = (W scale) z + (W mean + b). Classes that are ranges
 * of a value get the head of `onnx/ordinal.ts` multiplied in.
 */
export const graphOf = (model: Fitted, { mean, scale }: Scaling, limits: Subjects['limits']): Uint8Array => {
  const head = limits && ordinalHead({ limits, slope: slopeOf(limits), mean: 0, sd: 1 })
  if ('centres' in model) {
    const behind = behindScaling(model, { mean, scale })
    return kernelGraph(head ? withHead(behind, head) : behind)
  }
  const channels = mean.length
  const weights = model.weights.map((weight, i) => weight * (scale[i % channels] ?? 1))
  const bias = model.bias.map((own, o) => mean.reduce((sum, centre, i) => sum + centre * (model.weights[o * channels + i] ?? 0), own))
  if (!head) return linearGraph({ outputs: model.outputs, weights: Float32Array.from(weights), bias: Float32Array.from(bias) })
  return linearGraph({
    outputs: head.outputs,
    weights: Float32Array.from(
      { length: head.outputs * channels },
      (_, i) => (head.weights[Math.floor(i / channels)] ?? 0) * (weights[i % channels] ?? 0),
    ),
    bias: Float32Array.from(head.bias, (own, o) => own + (head.weights[o] ?? 0) * (bias[0] ?? 0)),
  })
}

/** The model of one training part. Every class must be in it. */
export const fitLinear = ({ family, setting, subjects, priors, benchOf }: LinearTask, train: readonly number[]): Fitted => {
  const targets: Targets = isWords(subjects)
    ? { kind: 'class', classes: subjects.labels.length, truth: subjects.truth, priors }
    : { kind: 'value', values: subjects.values }
  const bench = benchOf(train)
  // A training part of fewer spectra may offer fewer settings than were compared.
  return bench.fit(family, Math.min(setting, bench.settings(family, train.length).length - 1), targets, train)
}

/** Answers of the recipe that ships to spectra that its model had not seen: one model a fold, each as the graph that it would be. */
export const heldByLinear = async (task: LinearTask, repeat: Repeat, scaling: Scaling): Promise<HeldOut[]> => {
  const held: HeldOut[] = []
  for (const [fold, { train, test }] of repeat.outer.entries()) {
    const graph = graphOf(fitLinear(task, train), scaling, task.subjects.limits)
    const rows = task.chain.rows(train)
    const outputs = await outputsBy(
      graph,
      test.map((n) => scaled(scaling, valuesOf(rows[n]))),
    )
    test.forEach((row, i) => {
      const own = outputs[i] ?? new Float32Array(0)
      held.push({ row, fold, outputs: own, exact: own })
    })
  }
  return held
}

const valuesOf = (row: Prepared | null | undefined): Float64Array => row?.values ?? new Float64Array(0)
