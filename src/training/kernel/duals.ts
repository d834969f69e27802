import { Failure } from '../../failures.js'
import type { Targets } from '../contract.js'
import { cholesky, choleskySolve } from '../linear/cholesky.js'
import { addProducts, addScaledAt, type Block, blockOf, dotAt } from '../linear/products.js'
import { strataOf } from '../linear/strata.js'
import type { Centres } from './centres.js'
import { emptyBlock } from './distances.js'

/** Added to the kernel between chosen centres, so that rounding does not make it indefinite where centres are near each other. */
const NUGGET = 1e-10

/** The training part in the space where ridge regression is solved: (matrix + penalty) v = sides, `sides` [outputs][size]. */
export interface Dual {
  readonly size: number
  readonly matrix: Float64Array
  readonly sides: Float64Array
  /** Solutions as weights of the centres, in place. */
  toCentres(solutions: Float64Array): void
}

/** Targets about their weighted mean and the weights of the spectra, along the training part. */
export interface Weighted {
  readonly outputs: number
  readonly mean: Float64Array
  /** [outputs][train]. */
  readonly rest: Float64Array
  /** Square roots of the weights, which sum to 1. */
  readonly roots: Float64Array
}

/** One-hot targets for classes. @throws Failure DATA_INVALID as `classCounts` says. */
export const weightedTargets = (targets: Targets, rows: number, train: readonly number[]): Weighted => {
  const { of, weight } = strataOf(targets, rows, train)
  const outputs = targets.kind === 'value' ? 1 : targets.classes
  const weights = Float64Array.from(train, (row) => weight[of[row] ?? -1] ?? 0)
  const given = (row: number, o: number) => (targets.kind === 'value' ? (targets.values[row] ?? 0) : targets.truth[row] === o ? 1 : 0)
  const mean = Float64Array.from({ length: outputs }, (_, o) => train.reduce((sum, row, i) => sum + (weights[i] ?? 0) * given(row, o), 0))
  const rest = Float64Array.from({ length: outputs * train.length }, (_, at) => {
    const o = Math.floor(at / train.length)
    return given(train[at % train.length] ?? 0, o) - (mean[o] ?? 0)
  })
  return { outputs, mean, rest, roots: weights.map(Math.sqrt) }
}

/**
 * Kernel ridge regression of weighted spectra (Saunders, Gammerman, Vovk, ICML 1998): with all training spectra as centres the matrix is
 * R K R, R the roots of the weights; with chosen ones the least squares of the functions that these span, under the norm of the kernel
 * (subset of regressors: Quinonero-Candela, Rasmussen, JMLR 6:1939, 2005, section 5).
 */
export const dualOf = (centres: Centres, gamma: number, weighted: Weighted): Dual => {
  const kernel = kernelOf(centres.distances, gamma)
  return centres.all ? fullDual(kernel, weighted) : chosenDual(kernel, centres.own, gamma, weighted)
}

/** exp(-gamma d) of squared distances. */
export const kernelOf = ({ values, stride, rows }: Block, gamma: number): Block => ({
  values: values.map((distance) => Math.exp(-gamma * distance)),
  start: 0,
  stride,
  rows,
})

const fullDual = ({ values: matrix, rows: size }: Block, { rest, roots }: Weighted): Dual => {
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) matrix[i * size + j] = (roots[i] ?? 0) * (roots[j] ?? 0) * (matrix[i * size + j] ?? 0)
  const byRoot = (values: Float64Array) => {
    for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? 0) * (roots[at % size] ?? 0)
  }
  const sides = rest.slice()
  byRoot(sides)
  return { size, matrix, sides, toCentres: byRoot }
}

/** With K = L L' between the centres, the features are the kernel to them times the inverse of L': ridge regression as it stands. */
const chosenDual = (kernel: Block, own: Block, gamma: number, { rest, roots, outputs }: Weighted): Dual => {
  const { rows: train, stride: size } = kernel
  const factor = kernelOf(own, gamma).values
  for (let a = 0; a < size; a++) factor[a * size + a] = 1 + NUGGET
  if (!cholesky(factor, size)) throw new Failure('INVARIANT', { where: 'kernel ridge', seen: 'centres whose kernel is not positive definite' })
  solveForward(factor, size, kernel)
  const features = emptyBlock(size, train)
  for (let i = 0; i < train; i++) for (let a = 0; a < size; a++) features.values[a * train + i] = (roots[i] ?? 0) * (kernel.values[i * size + a] ?? 0)
  const matrix = emptyBlock(size, size)
  addProducts(matrix, features, features, train, 1, true)
  const sides = new Float64Array(outputs * size)
  const rooted = rest.map((value, at) => value * (roots[at % train] ?? 0))
  addProducts(blockOf(sides, size), blockOf(rooted, train), features, train, 1)
  return {
    size,
    matrix: matrix.values,
    sides,
    toCentres(solutions) {
      for (let from = 0; from < solutions.length; from += size)
        for (let a = size - 1; a >= 0; a--) {
          const value = (solutions[from + a] ?? 0) / (factor[a * size + a] ?? 1)
          solutions[from + a] = value
          addScaledAt(solutions, from, factor, a * size, a, -value)
        }
    },
  }
}

/** Columns that are solved for together, so that most of the work is one product. */
const PANEL = 32

/** Solves L x = b for each of the rows of `sides`, in place. */
const solveForward = (factor: Float64Array, size: number, sides: Block): void => {
  const { values, rows } = sides
  for (let from = 0; from < size; from += PANEL) {
    const to = Math.min(from + PANEL, size)
    const panel: Block = { values: factor, start: from * size, stride: size, rows: to - from }
    addProducts({ ...sides, start: from }, sides, panel, from, -1)
    for (let i = 0; i < rows; i++)
      for (let a = from; a < to; a++) {
        const at = i * size + a
        values[at] = ((values[at] ?? 0) - dotAt(factor, a * size + from, values, i * size + from, a - from)) / (factor[a * size + a] ?? 1)
      }
  }
}

/** Weights of the centres under a penalty, [outputs][centres]. */
export const solvedDual = ({ size, matrix, sides, toCentres }: Dual, penalty: number): Float64Array => {
  const penalised = matrix.slice()
  for (let a = 0; a < size; a++) penalised[a * size + a] = (penalised[a * size + a] ?? 0) + penalty
  if (!cholesky(penalised, size))
    throw new Failure('INVARIANT', { where: 'kernel ridge', seen: `a matrix that is not positive definite with penalty ${penalty}` })
  const solutions = sides.slice()
  choleskySolve(penalised, size, solutions)
  toCentres(solutions)
  return solutions
}
