import type { Setting } from '../contract.js'

/** Widths of the kernel as shares of the median squared distance, from nearly linear to local. */
const WIDTHS = [10, 3, 1, 0.3]
/** Penalties where the weights of the spectra sum to 1. */
const PENALTIES = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7]

/** One point of the grid. */
export interface KernelSetting extends Setting {
  readonly width: number
  readonly penalty: number
}

/**
 * Every width with every penalty. Simpler is wider and more penalised: a step along either counts the same, since both let the model follow
 * the training spectra more closely.
 */
export const kernelGrid: readonly KernelSetting[] = WIDTHS.flatMap((width, w) =>
  PENALTIES.map((penalty, p) => ({ width, penalty, steps: w + p, text: `width ${width}, lambda ${penalty}` })),
)
  .sort((a, b) => a.steps - b.steps)
  .map(({ width, penalty, text }, complexity) => ({ width, penalty, text, complexity }))

export const kernelWidths: readonly number[] = WIDTHS
