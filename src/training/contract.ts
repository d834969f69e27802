import type { KernelModel } from './kernel/model.js'

/**
 * What the parts of the trainer say to each other: what is learnt from, what a linear model is, what was tried, what is reported.
 * Types alone; each part is a folder or file of its own.
 */

export type Task = 'class' | 'value' | 'identity'

/** The spectra that are learnt from, one entry a spectrum in every list. */
export interface Subjects {
  readonly task: Task
  /** Class names in the order of the outputs; for `value` the name of the value alone. */
  readonly labels: readonly string[]
  /** Unit of the value; null for classes by words. */
  readonly unit: string | null
  readonly ids: readonly string[]
  /** Spectra of one object, batch or day carry the same word and are never on both sides of a split. */
  readonly groups: readonly string[]
  /** Class of each spectrum; 0 where there are none (`value`, `identity`). */
  readonly truth: readonly number[]
  /** Value of each spectrum; NaN for classes by words. */
  readonly values: readonly number[]
  /** Classes that are ranges of a value: models learn the value, a head cuts it at the limits (onnx/ordinal.ts). */
  readonly limits: readonly [number, number] | null
  /** Spectra from this one on are changed copies of those before, by which models of a value are judged as well (search/stress.ts); absent: there are none. */
  readonly own?: number
}

/** What a linear model is fitted to. Class weights: `balanced` gives every class the same weight, `empirical` every spectrum. */
export type Targets =
  | { readonly kind: 'class'; readonly classes: number; readonly truth: readonly number[]; readonly priors: 'balanced' | 'empirical' }
  | { readonly kind: 'value'; readonly values: readonly number[] }

/** y = W x + b of a prepared spectrum x: one score a class, or one value. `weights` is [outputs][channels], row by row. */
export interface Affine {
  readonly outputs: number
  readonly weights: Float64Array
  readonly bias: Float64Array
}

export const linearFamilies = ['pls', 'pca-lda', 'ridge'] as const
export type LinearFamily = (typeof linearFamilies)[number]

/** Models that are fitted in closed form: the linear ones, and one that is not (docs/decisions/0008-kernel-ridge.md). */
export const families = [...linearFamilies, 'kernel-ridge'] as const
export type Family = (typeof families)[number]

/** What a family fits. */
export type Fitted = Affine | KernelModel

/** One point of a family's grid, the simplest first: components, or the penalty. */
export interface Setting {
  /** As people read it: "7 components", "lambda 0.01". */
  readonly text: string
  /** Number by which settings of one family are ordered: lower is simpler. */
  readonly complexity: number
}

/** The prepared spectra of one chain, ready for many fits: what they share (covariances, distances) is computed once, each fit takes its part of it. */
export interface Bench<F extends Family, M extends Fitted> {
  readonly rows: number
  readonly channels: number
  /** The grid of a family for training parts of at least `rows` spectra; the same list at each call with the same arguments. */
  settings(family: F, rows: number): readonly Setting[]
  /**
   * Fits every setting on the spectra `train` (indices) and answers those in `test`: `outputs[setting][i * outputs + o]`, i along `test`.
   * `targets` covers all spectra of the bench.
   */
  answers(family: F, targets: Targets, train: readonly number[], test: readonly number[]): readonly Float64Array[]
  /** The model of one setting (index into `settings(family, train.length)`). */
  fit(family: F, setting: number, targets: Targets, train: readonly number[]): M
}
export type LinearBench = Bench<LinearFamily, Affine>

/** Something a person should know before trusting a model. `ids` names at most 20 spectra of `count`. */
export interface Finding {
  readonly code: string
  readonly text: string
  readonly ids: readonly string[]
  readonly count: number
}

export interface Figure {
  readonly value: number
  /** 95 % interval by a bootstrap over objects; null where none was computed. */
  readonly interval: readonly [number, number] | null
}

/** One chain with one kind of model, judged by nested cross-validation: its setting is chosen inside. */
export interface CandidateFigure {
  readonly chain: string
  readonly family: Family | 'cnn'
  /** Setting chosen on all training spectra. */
  readonly setting: string
  /** Balanced accuracy (classes) or RMSE in the unit of the value; mean over repeats, and their standard deviation. */
  readonly score: number
  readonly spread: number
  readonly repeats: number
  /** Within 2 % of the best. */
  readonly tied: boolean
  readonly won: boolean
}

/** Answers of the winning recipe to spectra that its model had not seen. */
export interface HeldOut {
  /** Index of the spectrum, and the fold that it was left out in. */
  readonly row: number
  readonly fold: number
  /** What the shipped kind of graph gives (int8 for a network): logits or one value, before the temperature. */
  readonly outputs: Float32Array
  /** The same by the graph before quantization; the same array where nothing is quantized. */
  readonly exact: Float32Array
}
