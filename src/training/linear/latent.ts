import type { Affine } from '../contract.js'
import { addProducts, addScaledAt, type Block, blockOf, dotAt } from './products.js'
import { gather, type RowSpace } from './row-space.js'

/** What a family gives for one training part: all its settings at once, the simplest first. */
export interface Fit {
  /** [setting][i * outputs + o], i along `test`. */
  answers(test: readonly number[]): Float64Array[]
  /** The model of one setting, of the coordinates of the row space; undefined for one that is not there. */
  model(setting: number): Affine | undefined
}

/** A model of the first `size` scores: `weights` is [outputs][size]. */
export interface Head {
  readonly size: number
  readonly weights: Float64Array
  readonly bias: Float64Array
}

/** Scores of spectra: their products with `directions` ([count][size]), about the mean of the training part. */
export interface Latent {
  readonly mean: Float64Array
  readonly directions: Float64Array
  readonly count: number
}

export const scoresOf = (space: RowSpace, { mean, directions, count }: Latent, rows: readonly number[]): Block => {
  const scores: Block = { values: new Float64Array(rows.length * count), start: 0, stride: count, rows: rows.length }
  addProducts(scores, gather(space, rows, mean), { values: directions, start: 0, stride: space.size, rows: count }, space.size, 1)
  return scores
}

/** Models on nested scores: the scores are taken once, however many settings there are. */
export const latentFit = (space: RowSpace, latent: Latent, heads: readonly Head[]): Fit => ({
  answers(test) {
    const scores = scoresOf(space, latent, test)
    return heads.map((head) => answersOf(scores, head))
  },
  model(setting) {
    const head = heads[setting]
    if (!head) return undefined
    const { size } = space
    const outputs = head.bias.length
    const weights = new Float64Array(outputs * size)
    for (let o = 0; o < outputs; o++)
      for (let a = 0; a < head.size; a++) addScaledAt(weights, o * size, latent.directions, a * size, size, head.weights[o * head.size + a] ?? 0)
    return { outputs, weights, bias: head.bias.map((value, o) => value - dotAt(weights, o * size, latent.mean, 0, size)) }
  },
})

/** Answers of one model to rows side by side, [rows][outputs]. */
export const answersOf = (rows: Block, { size, weights, bias }: Head): Float64Array => {
  const outputs = bias.length
  const out = new Float64Array(rows.rows * outputs)
  for (let i = 0; i < rows.rows; i++) out.set(bias, i * outputs)
  addProducts(blockOf(out, outputs), rows, { values: weights, start: 0, stride: size, rows: outputs }, size, 1)
  return out
}
