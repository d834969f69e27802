import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Random } from '../spectrum/random.js'
import { netForward } from './cnn-operations.js'
import type { Rows } from './cnn-task.js'
import type { NetSpec } from './onnx/net.js'
import type { Tensorflow } from './tensorflow.js'

/** What the loss is taken on: class indices, or standardised values. */
export type LossKind = 'cross-entropy' | 'huber'

/** Some rows side by side: `values` is [count, inputs]. */
export interface Batch {
  readonly count: number
  readonly values: Float32Array
  readonly targets: Float32Array
  /** How much each row counts; null: all alike. */
  readonly weights: Float32Array | null
}

/** Rows that TF.js looks at in one go where no gradient is wanted. */
export const FORWARD_ROWS = 256

/** One differentiable problem: the shape of a net, and its weights as they are now (a Net's layout: weights and bias of each layer in turn). */
export interface Problem {
  readonly tf: Tensorflow
  readonly spec: NetSpec
  readonly parameters: readonly Float32Array[]
  readonly kind: LossKind
}

export const batchOf = ({ rows, targets, weights }: Rows, chosen: readonly number[], targetOf: (value: number) => number): Batch => {
  const inputs = rows[0]?.length ?? 0
  const values = new Float32Array(chosen.length * inputs)
  chosen.forEach((row, i) => {
    values.set(rows[row] ?? [], i * inputs)
  })
  return {
    count: chosen.length,
    values,
    targets: Float32Array.from(chosen, (row) => targetOf(targets[row] ?? Number.NaN)),
    weights: weights ? Float32Array.from(chosen, (row) => weights[row] ?? Number.NaN) : null,
  }
}

/** Mean loss of a batch and its gradient by each parameter array. Every tensor is gone afterwards. */
export const gradientsOf = (
  problem: Problem,
  batch: Batch,
  dropout: number,
  random: Random,
): { loss: number; gradients: readonly Float32Array[] } => {
  const { tf, spec, parameters } = problem
  return tf.tidy(() => {
    const rows = tf.tensor2d(batch.values, [batch.count, spec.inputs])
    const drop = dropout > 0 ? dropoutMask(problem, batch.count, dropout, random) : null
    const loss = (...tensors: Tensor[]): Scalar => lossOf(problem, netForward(tf, spec, tensors, rows, drop), batch)
    const { value, grads } = tf.valueAndGrads(loss)(parameters.map((values) => tf.tensor1d(values)))
    return { loss: value.dataSync()[0] ?? Number.NaN, gradients: grads.map((gradient) => Float32Array.from(gradient.dataSync())) }
  })
}

/** Mean loss over any number of rows, each with its weight. */
export const meanLoss = (problem: Problem, set: Rows, targetOf: (value: number) => number): number => {
  const all = set.rows.map((_, i) => i)
  let sum = 0
  for (let at = 0; at < all.length; at += FORWARD_ROWS) {
    const batch = batchOf(set, all.slice(at, at + FORWARD_ROWS), targetOf)
    sum += batch.count * problem.tf.tidy(() => lossOf(problem, forwardOf(problem, batch), batch).dataSync()[0] ?? Number.NaN)
  }
  return sum / all.length
}

/** Answers of the last dense layer to any number of rows, one after the other. */
export const outputsOf = (problem: Problem, set: Rows): Float64Array => {
  const outputs = problem.spec.denses.at(-1) ?? 0
  const all = new Float64Array(set.rows.length * outputs)
  for (let at = 0; at < set.rows.length; at += FORWARD_ROWS) {
    const chosen = Array.from({ length: Math.min(FORWARD_ROWS, set.rows.length - at) }, (_, i) => at + i)
    const batch = batchOf(set, chosen, (value) => value)
    all.set(
      problem.tf.tidy(() => forwardOf(problem, batch).dataSync()),
      at * outputs,
    )
  }
  return all
}

/** Answers of the last dense layer, [count, outputs]. To be called inside `tidy`. */
export const forwardOf = ({ tf, spec, parameters }: Problem, { values, count }: Batch): Tensor2D =>
  netForward(
    tf,
    spec,
    parameters.map((p) => tf.tensor1d(p)),
    tf.tensor2d(values, [count, spec.inputs]),
    null,
  )

/** Sum of weight times loss over the number of rows: weights are 1 in the mean of all rows, not of each batch. */
const lossOf = ({ tf, spec, kind }: Problem, answers: Tensor2D, { count, targets, weights }: Batch): Scalar => {
  if (kind === 'huber') {
    const wanted = tf.tensor2d(targets, [count, 1])
    if (!weights) return tf.losses.huberLoss<Tensor2D, Scalar>(wanted, answers)
    const each: Tensor2D = tf.losses.huberLoss(wanted, answers, undefined, undefined, tf.Reduction.NONE)
    return tf.div<Scalar>(tf.sum(tf.mul(each, tf.tensor2d(weights, [count, 1]))), count)
  }
  const wanted = tf.oneHot(tf.tensor1d(targets, 'int32'), spec.denses.at(-1) ?? 0)
  const each = tf.mul(wanted, tf.logSoftmax(answers))
  return tf.neg(tf.div<Scalar>(tf.sum(weights ? tf.mul(each, tf.tensor2d(weights, [count, 1])) : each), count))
}

/** Inverted dropout (Srivastava et al., JMLR 15:1929, 2014): what stays is scaled up, so that nothing changes when it is left away. */
const dropoutMask = ({ tf, parameters, spec }: Problem, count: number, dropout: number, random: Random): Tensor2D => {
  const features = (parameters[2 * spec.convs.length]?.length ?? 0) / (spec.denses[0] ?? 1)
  const mask = Float32Array.from({ length: count * features }, () => (random.uniform() < dropout ? 0 : 1 / (1 - dropout)))
  return tf.tensor2d(mask, [count, features])
}
