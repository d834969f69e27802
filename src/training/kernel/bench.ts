import { Failure } from '../../failures.js'
import type { Bench, Targets } from '../contract.js'
import { answersOf } from '../linear/latent.js'
import { rememberParts } from '../linear/parts-memory.js'
import { centresOf, MAX_CENTRES, usualDistance } from './centres.js'
import { type Distances, distancesOf } from './distances.js'
import { dualOf, kernelOf, solvedDual, weightedTargets } from './duals.js'
import { MAX_CENTRE_NUMBERS } from './graph.js'
import { kernelGrid, kernelWidths } from './grid.js'
import type { KernelModel } from './model.js'

/** The bench of a family whose models are no single product. */
export type KernelBench = Bench<'kernel-ridge', KernelModel>

/** Spectra of one bench: each training part of so many takes some seconds. */
export const MAX_KERNEL_SPECTRA = 10_000

/** Training parts whose solutions one bench remembers, some MiB each; the oldest is forgotten first. */
export const MAX_REMEMBERED_PARTS = 8

/** Why so many spectra of so many channels are no matter for this family; null where they are. */
export const kernelRefusal = (spectra: number, channels: number): Failure | null => {
  const centres = Math.min(spectra, MAX_CENTRES)
  if (spectra <= MAX_KERNEL_SPECTRA && centres * channels <= MAX_CENTRE_NUMBERS) return null
  return new Failure('DATA_INVALID', {
    where: 'kernel ridge',
    seen: `${spectra} spectra of ${channels} channels`,
    allowed: `at most ${MAX_KERNEL_SPECTRA} spectra, and ${MAX_CENTRE_NUMBERS} numbers in ${centres} centres`,
    cure: 'leave this family out, or take a coarser grid of channels',
  })
}

/** Solutions of one training part: for each setting the weights of the centres, [outputs][centres]. */
interface Solved {
  /** Indices of the spectra that are centres. */
  readonly centres: readonly number[]
  readonly unit: number
  readonly bias: Float64Array
  readonly weights: readonly Float64Array[]
}

/**
 * Kernel ridge regression with a Gaussian kernel, on one-hot targets for classes, weighted as the targets' priors say. Distances are
 * computed once for all training parts, and a part is solved once for all settings: one Cholesky factor each. The same input gives the same bytes.
 * @throws Failure DATA_INVALID on spectra that are not finite or not of one length, or too many (kernelRefusal); by `answers` and `fit` on a
 * class without training spectra or a value that is not finite; INVARIANT by `fit` on a setting that is not in the list.
 */
export const openKernelBench = (rows: readonly Float64Array[]): KernelBench => {
  const refused = kernelRefusal(rows.length, rows[0]?.length ?? 0)
  if (refused) throw refused
  const distances = distancesOf(rows)
  const { count, channels } = distances
  const solvedOf = rememberParts(count, MAX_REMEMBERED_PARTS, (targets, train) => solve(distances, targets, train))
  const settings = (_: 'kernel-ridge', training: number) => (training === 0 ? [] : kernelGrid)
  return {
    rows: count,
    channels,
    settings,
    answers(_, targets, train, test) {
      const { centres, unit, bias, weights } = solvedOf(targets, train)
      const apart = distances.between(test, centres)
      const answers: Float64Array[] = kernelGrid.map(() => new Float64Array(0))
      for (const width of kernelWidths) {
        const near = kernelOf(apart, gammaOf(width, unit))
        kernelGrid.forEach((setting, s) => {
          if (setting.width === width) answers[s] = answersOf(near, { size: centres.length, weights: weights[s] ?? new Float64Array(0), bias })
        })
      }
      return answers
    },
    fit(family, setting, targets, train) {
      const { centres, unit, bias, weights } = solvedOf(targets, train)
      const [chosen, own] = [kernelGrid[setting], weights[setting]]
      if (!chosen || !own)
        throw new Failure('INVARIANT', { where: `models, ${family}`, seen: `setting ${setting}`, allowed: `below ${kernelGrid.length}` })
      const values = new Float64Array(centres.length * channels)
      centres.forEach((row, i) => {
        values.set(rows[row] ?? [], i * channels)
      })
      const stretch = new Float64Array(channels).fill(1)
      return {
        channels,
        outputs: bias.length,
        centres: values,
        stretch,
        gamma: gammaOf(chosen.width, unit),
        weights: own.slice(),
        bias: bias.slice(),
      }
    },
  }
}

const solve = (distances: Distances, targets: Targets, train: readonly number[]): Solved => {
  const weighted = weightedTargets(targets, distances.count, train)
  const centres = centresOf(distances, train)
  const unit = usualDistance(centres)
  const weights: Float64Array[] = kernelGrid.map(() => new Float64Array(0))
  for (const width of kernelWidths) {
    const dual = dualOf(centres, gammaOf(width, unit), weighted)
    kernelGrid.forEach((setting, s) => {
      if (setting.width === width) weights[s] = solvedDual(dual, setting.penalty)
    })
  }
  return { centres: centres.rows, unit, bias: weighted.mean, weights }
}

/** Spectra that are all one have no distance: the kernel is 1 between them, and what remains is the mean of the targets. */
const gammaOf = (width: number, unit: number): number => (unit > 0 ? 1 / (width * unit) : 0)
