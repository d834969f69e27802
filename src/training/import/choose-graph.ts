import { argmax } from '../figures.js'
import { outputsBy } from '../network.js'
import { calibrate } from '../onnx/calibrate.js'
import { floatGraph } from '../onnx/float-graph.js'
import { int8Graph } from '../onnx/int8-graph.js'
import type { Net } from '../onnx/net.js'
import { quantize } from '../onnx/quantize.js'

export interface GraphTask {
  readonly net: Net
  readonly task: 'class' | 'value'
  /** Spectra at the chain's end. */
  readonly rows: readonly Float64Array[]
  /** Value of each, null where it is not known; null: of none. Not looked at for classes. */
  readonly truth: readonly (number | null)[] | null
  /** Whether a spectrum may give the quantizer its ranges. */
  readonly isRange: (row: number) => boolean
}

export interface ChosenGraph {
  readonly graph: Uint8Array
  readonly kind: 'int8' | 'fp32'
  /** Its answer to each spectrum. */
  readonly outputs: readonly Float32Array[]
  /** Why this one, for a person. */
  readonly text: string
}

/** Share of labels that int8 must give as fp32 does (DESIGN section 7), and its difference in values as a share of their error, or spread. */
const SAME_LABELS = 0.98
const DIFFERENCE = 0.1
const DIFFERENCE_OF_SPREAD = 0.01

/** Largest of the maxima that become the range: values are hurt more by clipping than by coarse steps (onnx/calibrate.ts). */
const PERCENTILE = { class: 99, value: 100 }

/** The quantized net where it answers as the net does on these spectra, else the net itself in fp32. */
export const chooseGraph = async ({ net, task, rows, truth, isRange }: GraphTask): Promise<ChosenGraph> => {
  const [float, ranges] = [floatGraph(net), rows.filter((_, n) => isRange(n)).map((row) => Float32Array.from(row))]
  const int8 = int8Graph(quantize(net, calibrate(net, ranges, PERCENTILE[task])))
  const exact = await outputsBy(float, rows)
  const rounded = await outputsBy(int8, rows)
  const { holds, text } = task === 'class' ? ofLabels(exact, rounded) : ofValues(exact, rounded, truth)
  return holds
    ? { graph: int8, kind: 'int8', outputs: rounded, text: `Quantized to int8: ${text}.` }
    : { graph: float, kind: 'fp32', outputs: exact, text: `Left in fp32, for quantized to int8 ${text}.` }
}

const ofLabels = (exact: readonly Float32Array[], rounded: readonly Float32Array[]) => {
  const same = exact.filter((row, n) => argmax(row) === argmax(rounded[n] ?? [])).length / exact.length
  return { holds: same >= SAME_LABELS, text: `it gives the label of fp32 to ${(100 * same).toFixed(1)} % of the spectra` }
}

const ofValues = (exact: readonly Float32Array[], rounded: readonly Float32Array[], truth: GraphTask['truth']) => {
  const values = exact.map((row) => row[0] ?? Number.NaN)
  const off = rms(rounded.map((row, n) => (row[0] ?? Number.NaN) - (values[n] ?? Number.NaN)))
  const errors = values.flatMap((value, n) => {
    const true_ = truth?.[n] ?? null
    return true_ === null ? [] : [value - true_]
  })
  const centre = values.reduce((sum, value) => sum + value / values.length, 0)
  const limit = errors.length > 0 ? DIFFERENCE * rms(errors) : DIFFERENCE_OF_SPREAD * rms(values.map((value) => value - centre))
  return { holds: off <= limit, text: `its values differ from fp32 by ${off.toPrecision(3)} (rms), where ${limit.toPrecision(3)} is allowed` }
}

const rms = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
