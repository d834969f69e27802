import { Failure } from '../../failures.js'
import type { LinearBench, LinearFamily, Targets } from '../contract.js'
import { ldaGrid, plsGrid, ridgeGrid, settingsOf } from './grids.js'
import { type Fit, type Head, latentFit } from './latent.js'
import type { Moments } from './moments.js'
import { rememberMoments } from './moments-memory.js'
import { discriminantsOn, principalComponents } from './pca-lda.js'
import { plsComponents, plsRegression } from './pls.js'
import { ridgeFit } from './ridge.js'
import { type RowSpace, rowSpaceOf } from './row-space.js'

/**
 * The prepared spectra of one chain, ready for many fits (contract.ts). Models: PLS (classes: LDA on its scores), PCA-LDA
 * (classes alone), Ridge (classes: LDA under the penalty). The outputs of classes are logits. What the families share of a training part
 * is computed once and remembered; the same input gives the same bytes.
 * A training part of lower rank than its settings promise answers the later ones with its last model.
 * @throws Failure DATA_INVALID on spectra that are not finite or not of one length; by `answers` and `fit` on a class without training
 * spectra, a value that is not finite, values for PCA-LDA; INVARIANT by `fit` on a setting that is not in the list.
 */
export const openLinearBench = (rows: readonly Float64Array[]): LinearBench => {
  const space = rowSpaceOf(rows)
  const momentsOf = rememberMoments(space)
  const settings = (family: LinearFamily, count: number) => settingsOf(family, count, space.size)
  return {
    rows: space.count,
    channels: space.channels,
    settings,
    answers: (family, targets, train, test) => fitFamily(space, momentsOf(targets, train), family, targets, train).answers(test),
    fit(family, setting, targets, train) {
      const model = fitFamily(space, momentsOf(targets, train), family, targets, train).model(setting)
      if (model) return space.toChannels(model)
      throw new Failure('INVARIANT', {
        where: `linear models, ${family}`,
        seen: `setting ${setting}`,
        allowed: `below ${settings(family, train.length).length}`,
      })
    },
  }
}

const fitFamily = (space: RowSpace, moments: Moments, family: LinearFamily, targets: Targets, train: readonly number[]): Fit => {
  const { size } = space
  if (family === 'ridge') return ridgeFit(space, moments, targets.kind, ridgeGrid)
  if (family === 'pls') {
    const grid = plsGrid(train.length, size)
    const latent = plsComponents(moments, grid.length)
    const heads = targets.kind === 'value' ? plsRegression(latent, moments) : discriminantsOn(space, latent, targets, train, grid)
    return latentFit(space, latent, padded(heads, grid.length, moments))
  }
  if (targets.kind === 'value')
    throw new Failure('DATA_INVALID', { where: 'linear models, pca-lda', seen: 'values', allowed: 'classes', cure: 'use pls or ridge for values' })
  const grid = ldaGrid(train.length, size)
  const latent = principalComponents(moments, grid.at(-1) ?? 0)
  return latentFit(space, latent, padded(discriminantsOn(space, latent, targets, train, grid), grid.length, moments))
}

/** The last head again for what the rank does not allow; without any, the mean of the targets (for classes the logarithm of the priors). */
const padded = (heads: readonly Head[], count: number, { outputs, targetMean }: Moments): readonly Head[] => {
  const bias = outputs === 1 ? targetMean : targetMean.map(Math.log)
  const last: Head = heads.at(-1) ?? { size: 0, weights: new Float64Array(0), bias }
  return Array.from({ length: count }, (_, i) => heads[i] ?? last)
}
