import type { Transfer } from '../../calibration/transfer/contract.js'
import type { Dataset } from '../../datasets/folder.js'
import type { LoadedModel } from '../../models/open.js'
import type { TransferFile } from '../../models/transfer-file.js'

/** Ways to a right answer on another instrument, in the order in which they are preferred: a later one must be better by `MARGIN`. */
export const methods = ['none', 'bias', 'slope-bias', 'pooled', 'pds'] as const
export type Method = (typeof methods)[number]

/** A model of the standards alone is judged beside them, and never picked: it knows nothing of the training data. */
export type Judged = Method | 'alone'

export interface TransferTask {
  /** The model, made on another instrument. */
  readonly model: LoadedModel
  /** Standards on the new instrument, with reference values or labels. */
  readonly standards: Dataset
  /** The same standards by the same ids on the instrument that the model was made with; null: no transfer of spectra. */
  readonly master: Dataset | null
  /** What the model was made from; null: no pooled recalibration. */
  readonly training: Dataset | null
  /** Column with the reference; null: the one that the model was trained on. */
  readonly column: string | null
  /** Column whose words keep spectra of one object together; null: each spectrum is an object, known by its id. */
  readonly group: string | null
  /** Id of the instrument in the topics; null: any with this axis. */
  readonly instrument: string | null
  /** Null: the best by leave-one-out. */
  readonly method: Method | null
  readonly seed: number
  readonly progress?: (what: string, part: number) => void
}

/** One way, judged on standards that were left out in turn. */
export interface MethodFigure {
  readonly method: Judged
  /** Root mean square error in the unit of the value, or balanced accuracy; null where it could not be judged. */
  readonly score: number | null
  /** Share of the standards that gate or flags refuse; null where no bundle of this way was there to ask. */
  readonly refused: number | null
  /** Why it could not be judged; null where it was. */
  readonly reason: string | null
  readonly picked: boolean
}

export interface Transferred {
  readonly figures: readonly MethodFigure[]
  readonly objects: number
  readonly spectra: number
  readonly file: TransferFile
  /** The new bundle of pooled recalibration, which `file` belongs to; null: `file` belongs to the model as it is. */
  readonly bundle: Uint8Array | null
}

/** Answers of one way to every standard, by models that had not seen it. */
export interface LeftOut {
  /** Value or class index by row; NaN where there is none. */
  readonly answers: Float64Array
  /** For labels: the scores, by row; null where there are none, and for values. */
  readonly scores: readonly (Float64Array | null)[]
  /** By row; null where nobody could ask. */
  readonly refused: readonly boolean[] | null
}

/** A way that works on these standards: what it would have said of each, and what it is in the end. */
export interface Way {
  readonly leftOut: LeftOut
  /** Fitted to all standards; null: nothing is corrected. */
  readonly fitted: Transfer | null
}
