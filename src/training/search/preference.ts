import type { Family } from '../contract.js'
import type { Candidate } from './candidate.js'
import { simplestOfBest } from './score.js'

/**
 * Kernel Ridge must be better than the best linear model by more than this: it follows single spectra, so between equals the linear model is the safer one
 * away from what was measured (docs/decisions/0008-kernel-ridge.md). Of the criterion for classes; as a share of it for values.
 */
export const KERNEL_LEAD = 0.02
export const KERNEL_LEAD_OF_VALUES = 0.1

/** The simplest within 2 % of the best linear one; kernel Ridge only where it leads by more than enough. */
export const preferred = (candidates: readonly Candidate[], criterion: (candidate: Candidate) => number): Candidate | undefined => {
  const linear = simplest(
    candidates.filter(({ family }) => family !== 'kernel-ridge'),
    criterion,
  )
  const kernel = simplest(
    candidates.filter(({ family }) => family === 'kernel-ridge'),
    criterion,
  )
  if (!linear || !kernel) return linear ?? kernel
  return leads(criterion(kernel), criterion(linear), kernel.words) ? kernel : linear
}

const leads = (kernel: number, linear: number, words: boolean): boolean =>
  words ? kernel < linear - KERNEL_LEAD : kernel < linear * (1 - KERNEL_LEAD_OF_VALUES)

const simplest = (candidates: readonly Candidate[], criterion: (candidate: Candidate) => number): Candidate | undefined => {
  const sorted = [...candidates].sort(bySimplicity)
  return sorted[simplestOfBest(sorted.map(criterion))]
}

/** Fewer steps first, then families in the order PLS, Ridge, PCA-LDA. */
const bySimplicity = (a: Candidate, b: Candidate): number => a.chain.steps - b.chain.steps || order.indexOf(a.family) - order.indexOf(b.family)

const order: readonly Family[] = ['pls', 'ridge', 'pca-lda', 'kernel-ridge']
