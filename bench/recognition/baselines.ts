import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Axis } from '../../src/spectrum/axis.js'
import { MAX_POINTS } from '../../src/training/default-chains.js'
import type { Part } from '../../src/training/material.js'
import { scaleOf } from '../../src/training/scale.js'
import { type ChainRows, openChain } from '../../src/training/search/chains.js'
import type { Repeat } from '../../src/training/search/folds.js'
import { benchesOf, nestedOf } from '../../src/training/search/nested.js'
import { type LearnTask, learnt } from './learner.js'
import { nearest } from './nearest.js'
import type { Draw } from './splits.js'
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
  const { chain, rows } = rowsOf(part, axis, absorbance)
  const found = new Map<BaselineName, Float64Array[]>(baselineNames.map((name) => [name, []]))
  const turn = async () => {
    await nextTurn()
  }
  for (const repeat of plan) {
    const nested = await nestedOf({ chain, families: ['pls', 'pca-lda'], subjects: part, repeat, priors: 'balanced', turn }, benchesOf(chain))
    const none = () => new Float64Array(part.ids.length).fill(Number.NaN)
    const [svm, near] = [none(), none()]
    for (const draw of repeat.outer) {
      const answers = svmAndNearest(part, rows, draw)
      draw.test.forEach((n, i) => {
        svm[n] = answers.svm[i] ?? Number.NaN
        near[n] = answers.near[i] ?? Number.NaN
      })
      await turn()
    }
    found.get('PLS-DA')?.push(nested.get('pls')?.answers ?? none())
    found.get('LDA')?.push(nested.get('pca-lda')?.answers ?? none())
    found.get('SVM')?.push(svm)
    found.get('1-NN')?.push(near)
  }
  return found
}

/** The same on one draw: answers to the rows of `test`, in their order. PLS-DA and LDA choose their setting inside the training part. */
export const baselinesOfDraw = async (task: LearnTask, absorbance: boolean, draw: Draw): Promise<ReadonlyMap<BaselineName, Float64Array>> => {
  const { own, axis } = task.material
  const plans = [derivativePlan(own, axis, absorbance)]
  const pls = await learnt({ ...task, plans, families: ['pls'] }, draw)
  const lda = await learnt({ ...task, plans, families: ['pca-lda'] }, draw)
  const { svm, near } = svmAndNearest(own, rowsOf(own, axis, absorbance).rows, draw)
  return new Map([
    ['PLS-DA', pls.answers],
    ['LDA', lda.answers],
    ['SVM', svm],
    ['1-NN', near],
  ])
}

/** Ratios become absorbances. */
export const absorbanceOf = (spectra: Part['spectra']) => [{ op: 'absorbance', eps: scaleOf(spectra).smallest }]

/** SNV, then the first derivative. */
export const derivativePlan = ({ spectra }: Part, axis: Axis, absorbance: boolean) => {
  const points = Math.min(axis.values.length, MAX_POINTS)
  const window = Math.max(7, 2 * Math.floor((WINDOW_SHARE * points) / 2) + 1)
  const first = absorbance ? absorbanceOf(spectra) : []
  const derivative = axis.values.length > window ? [{ op: 'savgol', window, poly: 2, deriv: 1, mode: 'interp' }] : []
  return { name: 'snv, first derivative', steps: [...first, { op: 'snv', ddof: 0 }, ...derivative] }
}

const rowsOf = (part: Part, axis: Axis, absorbance: boolean): { chain: ChainRows; rows: readonly Float64Array[] } => {
  const chain = openChain(derivativePlan(part, axis, absorbance), axis, part.spectra)
  if (chain === null) throw new Error('the chain of the baselines leaves nothing out')
  return { chain, rows: chain.rows([]).map((row) => row?.values ?? new Float64Array(0)) }
}

const svmAndNearest = (part: Part, rows: readonly Float64Array[], { train, test }: Draw): { svm: Float64Array; near: Float64Array } => {
  const machine = trainSvm(
    train.flatMap((n) => rows[n] ?? []),
    train.map((n) => part.truth[n] ?? 0),
    part.labels.length,
  )
  return {
    svm: Float64Array.from(test, (n) => machine(rows[n] ?? new Float64Array(0))),
    near: Float64Array.from(test, (n) => part.truth[nearest(rows, train, n)] ?? Number.NaN),
  }
}
