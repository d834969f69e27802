import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Axis } from '../../src/spectrum/axis.js'
import { MAX_POINTS } from '../../src/training/default-chains.js'
import type { Part } from '../../src/training/material.js'
import { scaleOf } from '../../src/training/scale.js'
import { openChain } from '../../src/training/search/chains.js'
import type { Repeat } from '../../src/training/search/folds.js'
import { benchesOf, nestedOf } from '../../src/training/search/nested.js'
import { nearest } from './nearest.js'
import { trainSvm } from './svm.js'

export const baselineNames = ['PLS-DA', 'LDA', 'SVM', '1-NN'] as const
export type BaselineName = (typeof baselineNames)[number]

/** Window of the first derivative as a share of the channels, 7 at least. */
const WINDOW_SHARE = 0.05

/**
 * What anyone would try first, on the very folds that the trainer was judged on: SNV, first derivative, then PLS-DA and LDA (on principal components), their
 * settings chosen inside as the trainer does, a linear SVM and the nearest neighbour. Answers by repeat and row.
 */
export const baselinesOf = async (
  part: Part,
  axis: Axis,
  absorbance: boolean,
  plan: readonly Repeat[],
): Promise<ReadonlyMap<BaselineName, readonly Float64Array[]>> => {
  const points = Math.min(axis.values.length, MAX_POINTS)
  const window = Math.max(7, 2 * Math.floor((WINDOW_SHARE * points) / 2) + 1)
  const first = absorbance ? [{ op: 'absorbance', eps: scaleOf(part.spectra).smallest }] : []
  const derivative = axis.values.length > window ? [{ op: 'savgol', window, poly: 2, deriv: 1, mode: 'interp' }] : []
  const chain = openChain({ name: 'snv, first derivative', steps: [...first, { op: 'snv', ddof: 0 }, ...derivative] }, axis, part.spectra)
  if (chain === null) throw new Error('the chain of the baselines leaves nothing out')
  const rows = chain.rows([]).map((row) => row?.values ?? new Float64Array(0))
  const found = new Map<BaselineName, Float64Array[]>(baselineNames.map((name) => [name, []]))
  const turn = async () => {
    await nextTurn()
  }
  for (const repeat of plan) {
    const nested = await nestedOf({ chain, families: ['pls', 'pca-lda'], subjects: part, repeat, priors: 'balanced', turn }, benchesOf(chain))
    const none = () => new Float64Array(part.ids.length).fill(Number.NaN)
    const [svm, near] = [none(), none()]
    for (const { train, test } of repeat.outer) {
      const machine = trainSvm(
        train.flatMap((n) => rows[n] ?? []),
        train.map((n) => part.truth[n] ?? 0),
        part.labels.length,
      )
      for (const n of test) {
        svm[n] = machine(rows[n] ?? new Float64Array(0))
        near[n] = part.truth[nearest(rows, train, n)] ?? Number.NaN
      }
      await turn()
    }
    found.get('PLS-DA')?.push(nested.get('pls')?.answers ?? none())
    found.get('LDA')?.push(nested.get('pca-lda')?.answers ?? none())
    found.get('SVM')?.push(svm)
    found.get('1-NN')?.push(near)
  }
  return found
}
