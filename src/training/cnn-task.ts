import { Failure } from '../failures.js'
import type { Random } from '../spectrum/random.js'
import type { Net, NetSpec } from './onnx/net.js'
import type { Backend } from './tensorflow.js'

/** Prepared spectra and what they are: a class index, or a value in its own unit for an ordinal head. */
export interface Rows {
  readonly rows: readonly Float32Array[]
  readonly targets: ArrayLike<number>
  /** How much each row counts in the loss, in the mean 1; absent: all alike. */
  readonly weights?: ArrayLike<number>
}

/**
 * `classes`: one logit a label, softmax cross-entropy. `ordinal`: the net learns a value (Huber loss on the standardised value) and
 * its head turns it into logits of below, between and above `limits`; see `onnx/ordinal.ts`.
 * `value`: the same, and its head gives the value in its own unit.
 */
export type Head =
  | { readonly kind: 'classes'; readonly labels: number }
  | { readonly kind: 'value' }
  | { readonly kind: 'ordinal'; readonly limits: readonly [number, number]; readonly slope: number }

export interface CnnTask {
  readonly inputs: number
  readonly head: Head
  /** Convolutions of odd width and hidden dense layers; the output layer follows from the head. */
  readonly shape: { readonly convs: NetSpec['convs']; readonly hidden: readonly number[] }
  /** The rows of one epoch, 0 first. Augmentation is done here, from `random` alone; without it return the same rows each time. */
  draw(epoch: number, random: Random): Rows
  /** Judges each epoch; the weights of the best one are returned. Null: every epoch runs, the last weights are returned. */
  readonly validation: Rows | null
  /** The same seed, rows and backend give the same weights. */
  readonly seed: number
  readonly epochs: number
  /** Rows of one step. */
  readonly batch: number
  /** At its highest, after a warm-up of one twentieth of the steps; falls to 0 along a half cosine. */
  readonly learningRate: number
  /** Share of the features behind the convolutions that each step leaves out; 0 is none. */
  readonly dropout: number
  /** Decoupled (AdamW). */
  readonly weightDecay: number
  /** Epochs without a better validation loss before training ends. */
  readonly patience: number
  /** Ask for the backend whose numbers are the same everywhere. */
  readonly backend?: 'wasm'
  progress?(at: Progress): void
  readonly signal?: AbortSignal
}

export interface Progress {
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  readonly trainingLoss: number
  readonly validationLoss: number | null
}

export interface TrainedCnn {
  readonly net: Net
  readonly backend: Backend
  /** Epochs that ran, and the one whose weights these are; from 1. */
  readonly epochs: number
  readonly bestEpoch: number
  /** How good these weights are on the validation rows (the loss of values, the criterion of search/tally.ts for classes); smaller is better. */
  readonly validationLoss: number | null
}

/** About 0.3 million multiplications for 400 channels: trains on a few hundred spectra in a minute. */
export const compactShape: CnnTask['shape'] = {
  convs: [
    { width: 9, channels: 8, pool: 2 },
    { width: 7, channels: 16, pool: 2 },
    { width: 5, channels: 16, pool: 2 },
  ],
  hidden: [32],
}

export const cnnDefaults = {
  shape: compactShape,
  epochs: 60,
  batch: 32,
  learningRate: 2e-3,
  dropout: 0,
  weightDecay: 1e-3,
  patience: 20,
} as const

/** Bounds of one training, so that a typing error does not run for days. */
export const MAX_EPOCHS = 2000
export const MAX_BATCH_ROWS = 4096

/** Returns the task if its numbers make sense, else fails with DATA_INVALID. */
export const checkedTask = (task: CnnTask): CnnTask => {
  const refuse = (where: string, seen: unknown, allowed: string): never => {
    throw new Failure('DATA_INVALID', { where: `training, ${where}`, seen: String(seen), allowed })
  }
  const whole = (where: string, value: number, least: number, most: number) => {
    if (!Number.isInteger(value) || value < least || value > most) refuse(where, value, `a whole number from ${least} to ${most}`)
  }
  whole('epochs', task.epochs, 1, MAX_EPOCHS)
  whole('batch', task.batch, 1, MAX_BATCH_ROWS)
  whole('patience', task.patience, 1, MAX_EPOCHS)
  if (!(task.learningRate > 0 && task.learningRate <= 1)) refuse('learningRate', task.learningRate, 'more than 0, at most 1')
  if (!(task.dropout >= 0 && task.dropout < 1)) refuse('dropout', task.dropout, 'from 0 to below 1')
  if (!(task.weightDecay >= 0 && task.weightDecay < 1)) refuse('weightDecay', task.weightDecay, 'from 0 to below 1')
  for (const { width } of task.shape.convs) if (width % 2 !== 1) refuse('width of a convolution', width, 'an odd number')
  if (task.head.kind === 'classes') whole('labels', task.head.labels, 2, 1024)
  return task
}

/** Returns the rows if they fit the task, else fails with DATA_INVALID. */
export const checkedRows = ({ inputs, head }: CnnTask, set: Rows, what: string): Rows => {
  const refuse = (where: string, seen: unknown, allowed: string): never => {
    throw new Failure('DATA_INVALID', { where: `${what}, ${where}`, seen: String(seen), allowed })
  }
  if (set.rows.length === 0 || set.targets.length !== set.rows.length)
    refuse('count', `${set.rows.length} rows and ${set.targets.length} targets`, 'as many as there are rows, at least one')
  if (set.weights && (set.weights.length !== set.rows.length || !Array.from(set.weights).every((weight) => weight > 0 && Number.isFinite(weight))))
    refuse('weights', `${set.weights.length} weights`, `${set.rows.length} finite ones above 0`)
  set.rows.forEach((row, i) => {
    if (row.length !== inputs) refuse(`row ${i + 1}`, `${row.length} values`, String(inputs))
    if (!row.every(Number.isFinite)) refuse(`row ${i + 1}`, 'a value that is no number', 'finite values')
    const target = set.targets[i] ?? Number.NaN
    const fits = head.kind === 'classes' ? Number.isInteger(target) && target >= 0 && target < head.labels : Number.isFinite(target)
    if (!fits) refuse(`target of row ${i + 1}`, target, head.kind === 'classes' ? `0 to ${head.labels - 1}` : 'a finite value')
  })
  return set
}
