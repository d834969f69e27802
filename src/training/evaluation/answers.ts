import type { Dataset, Row } from '../../datasets/folder.js'
import { indexOfLargest } from '../../inference/scores.js'
import { type Binding, bindModel } from '../../models/binding.js'
import type { Misfit } from '../../models/fit.js'
import type { OpenModel } from '../../models/open.js'
import type { TransferUse } from '../../models/transfer.js'
import type { Axis } from '../../spectrum/axis.js'
import type { Flag } from '../../spectrum/flags.js'
import type { Quantity } from '../../spectrum/quantity.js'
import type { Answer } from '../../spectrum/result.js'
import type { Finding } from '../contract.js'
import { measuredAs, spectraOf } from '../spectra.js'

/** What the agent would say of one spectrum of a set, and what the model says whether or not it may: `top`, `confidence`, `value`. */
export interface Answered {
  readonly row: Row
  readonly answer: Answer
  readonly flags: readonly Flag[]
  /** Sentences why it got no answer. */
  readonly why: readonly string[]
  /** Label with the highest score, and that score; null for a value, and where nothing could be computed. */
  readonly top: string | null
  readonly confidence: number | null
  /** What a value model gives, in its unit; null for labels, and where nothing could be computed. */
  readonly value: number | null
}

export interface AnsweredSet {
  readonly answers: readonly Answered[]
  /** Why no spectrum of the set can be answered at all; null where set and model fit. */
  readonly misfit: Misfit | null
  /** What was done to the data on the way. */
  readonly findings: readonly Finding[]
}

/** Spectra on their way at once: the engine takes them in batches. */
const IN_FLIGHT = 64

/**
 * Every spectrum of a set through the stations of the agent (chain, gate, graph, decision), each for itself, in order. The set takes the place of the
 * instrument: its axis, and its quantity made that of a measurement as for a training (short gaps filled too). No saturation is known of it.
 * @param progress share that is done, 0 to 1
 * @param transfer of the instrument that measured the set; null: none
 * @throws Failure DATA_INVALID where the set cannot be read as spectra, INVARIANT where the engine fails.
 */
export const answerSet = async (
  model: OpenModel,
  dataset: Dataset,
  progress: (part: number) => void = () => {},
  transfer: TransferUse | null = null,
): Promise<AnsweredSet> => {
  const { values: spectra, findings } = spectraOf(dataset, dataset.rows, dataset.axis)
  const { rows, axis } = dataset
  return { ...(await answerSpectra(model, { rows, spectra, axis, quantity: quantityFor(model, dataset) }, progress, transfer)), findings }
}

/** Rows with their spectra in the quantity of a measurement, one a row, on one axis. */
export interface MeasuredRows {
  readonly rows: readonly Row[]
  readonly spectra: readonly Float64Array[]
  readonly axis: Axis
  readonly quantity: Quantity
}

/** The same of spectra that are in hand. */
export const answerSpectra = async (
  model: OpenModel,
  { rows, spectra, axis, quantity }: MeasuredRows,
  progress: (part: number) => void,
  transfer: TransferUse | null,
): Promise<Omit<AnsweredSet, 'findings'>> => {
  const { labels } = model.bundle.manifest.outputs
  const binding: Binding<OpenModel> = bindModel(model, { axis, quantity }, 'refuse', () => 0, transfer)
  const saturated = new Uint8Array(axis.values.length)
  const one = async (row: Row, ratio: Float64Array): Promise<Answered> => {
    const inferred = await binding.infer(binding.prepare({ measurement: { axis, saturated }, ratio, quantity, flags: [] }))
    const { scores, value, flags, why } = inferred
    const at = scores ? indexOfLargest(scores) : -1
    const isScored = scores !== null && model.bundle.manifest.task === 'class'
    const top = scores ? (labels[at] ?? null) : null
    return { row, answer: binding.decide(inferred), flags, why, top, confidence: isScored ? (scores[at] ?? null) : null, value }
  }
  const answers: Answered[] = []
  for (let at = 0; at < rows.length; at += IN_FLIGHT) {
    const part = rows.slice(at, at + IN_FLIGHT).map((row, i) => one(row, spectra[at + i] ?? new Float64Array(axis.values.length)))
    answers.push(...(await Promise.all(part)))
    progress(answers.length / rows.length)
  }
  return { answers, misfit: binding.misfit }
}

/** Quantities that are parts of a reference: where a set does not say how the light was collected, the model's way is taken. */
const ratios: readonly Quantity[] = ['reflectance', 'transmittance']

export const quantityFor = ({ bundle }: OpenModel, { meta }: Dataset): Quantity => {
  const own = measuredAs(meta).quantity
  const wanted = bundle.manifest.input.quantity
  return meta.geometry === 'unknown' && ratios.includes(own) && ratios.includes(wanted) ? wanted : own
}
