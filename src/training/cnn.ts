import { setImmediate as nextTurn } from 'node:timers/promises'
import { Failure } from '../failures.js'
import { type Random, seededRandom } from '../spectrum/random.js'
import { adam } from './adam.js'
import { batchOf, forwardOf, gradientsOf, meanLoss, outputsOf, type Problem } from './cnn-step.js'
import { type CnnTask, checkedRows, checkedTask, type Rows, type TrainedCnn } from './cnn-task.js'
import { type Dense, type Net, randomNet, specOf } from './onnx/net.js'
import { ordinalHead } from './onnx/ordinal.js'
import { tallyFor, tallyLogits } from './search/tally.js'
import { openTensorflow } from './tensorflow.js'

/**
 * Trains a convolutional net with TF.js: AdamW, warm-up and half cosine, the best epoch on the validation rows. All chance (first
 * weights, order, dropout, `draw`) comes from one seed. Fails with DATA_INVALID where rows or hyperparameters do not fit or the loss
 * is no number, PART_MISSING without TF.js, ABORTED when stopped.
 */
export const trainCnn = async (task: CnnTask): Promise<TrainedCnn> => {
  const { head, shape, epochs, batch } = checkedTask(task)
  const random = seededRandom(task.seed)
  const { tf, backend } = await openTensorflow(task.backend)
  let rows = checkedRows(task, task.draw(0, random), 'training rows')
  const validation = task.validation ? checkedRows(task, task.validation, 'validation rows') : null
  const { mean, sd } = head.kind === 'classes' ? { mean: 0, sd: 1 } : momentsOf(rows.targets)
  const targetOf = (value: number) => (value - mean) / sd

  const outputs = head.kind === 'classes' ? head.labels : 1
  const start = withoutBiases(randomNet({ inputs: task.inputs, convs: shape.convs, denses: [...shape.hidden, outputs] }, random))
  const parameters = parametersOf(start)
  const problem: Problem = { tf, spec: specOf(start), parameters, kind: head.kind === 'classes' ? 'cross-entropy' : 'huber' }
  const optimizer = adam(parameters, task.weightDecay, (i) => i % 2 === 0)

  let best = { epoch: 0, loss: Number.POSITIVE_INFINITY, parameters }
  let epoch = 0
  while (epoch < epochs && (validation === null || epoch - best.epoch < task.patience)) {
    if (epoch > 0) rows = checkedRows(task, task.draw(epoch, random), 'training rows')
    const order = shuffled(rows.rows.length, random)
    let sum = 0
    for (let at = 0; at < order.length; at += batch) {
      if (task.signal?.aborted) throw new Failure('ABORTED', { where: 'training' })
      const chosen = order.slice(at, at + batch)
      const { loss, gradients } = gradientsOf(problem, batchOf(rows, chosen, targetOf), task.dropout, random)
      optimizer.step(gradients, task.learningRate * schedule((epoch + at / order.length) / epochs))
      sum += loss * chosen.length
      await nextTurn() // What runs beside the training (progress, stop) gets its turn.
    }
    epoch++
    const trainingLoss = sum / order.length
    const validationLoss = validation ? validationOf(problem, validation, head, targetOf) : null
    if (!Number.isFinite(trainingLoss + (validationLoss ?? 0)))
      throw new Failure('DATA_INVALID', { where: `training, epoch ${epoch}`, seen: 'a loss that is no number', cure: 'take a smaller learningRate' })
    if (validationLoss === null) best = { epoch, loss: 0, parameters }
    else if (validationLoss < best.loss) best = { epoch, loss: validationLoss, parameters: parameters.map((values) => values.slice()) }
    task.progress?.({ epoch, epochs, trainingLoss, validationLoss })
  }
  const net = { ...withParameters(start, best.parameters), head: headOf(head, mean, sd) }
  return { net, backend, epochs: epoch, bestEpoch: best.epoch, validationLoss: validation ? best.loss : null }
}

/** What follows the last dense layer: nothing, or the way back from the standardised value. */
const headOf = (head: CnnTask['head'], mean: number, sd: number): Dense | null => {
  if (head.kind === 'classes') return null
  return head.kind === 'ordinal' ? ordinalHead({ ...head, mean, sd }) : { outputs: 1, weights: Float32Array.of(sd), bias: Float32Array.of(mean) }
}

/**
 * How good the weights are on rows kept for it. Values: their loss. Classes: what candidates are compared by (search/tally.ts), in which how sure the
 * answers are counts at the best temperature alone: the plain loss rises with the sureness of few wrong answers, long before the net has learnt
 * what it can, and would end the training there.
 */
const validationOf = (problem: Problem, rows: Rows, head: CnnTask['head'], targetOf: (value: number) => number): number => {
  if (head.kind !== 'classes') return meanLoss(problem, rows, targetOf)
  const labels = Array.from({ length: head.labels }, (_, label) => `${label}`)
  const present = labels.map((_, label) => label)
  const tally = tallyFor({ task: 'class', limits: null, labels })
  const outputs = outputsOf(problem, rows)
  rows.rows.forEach((_, n) => {
    tallyLogits(tally, outputs, n * head.labels, present, rows.targets[n] ?? 0)
  })
  return tally.criterion()
}

/** What TF.js answers for each row, before the head: for a comparison with the graphs that are written from the net. */
export const predictWithTensorflow = async (net: Net, rows: readonly Float32Array[], only?: 'wasm'): Promise<readonly Float32Array[]> => {
  const { tf } = await openTensorflow(only)
  const problem: Problem = { tf, spec: specOf(net), parameters: parametersOf(net), kind: 'huber' }
  return rows.map((row) =>
    tf.tidy(() => Float32Array.from(forwardOf(problem, { count: 1, values: row, targets: new Float32Array(0), weights: null }).dataSync())),
  )
}

/** Factor of the learning rate after this share of all steps: up in a straight line, down along a half cosine (Loshchilov and Hutter, ICLR 2017). */
export const schedule = (share: number): number =>
  share < WARM_UP_SHARE ? (share + 0.002) / (WARM_UP_SHARE + 0.002) : 0.5 + 0.5 * Math.cos((Math.PI * (share - WARM_UP_SHARE)) / (1 - WARM_UP_SHARE))

const WARM_UP_SHARE = 0.05

/** Weights and bias of each layer in turn: even places are weights. The arrays are the net's own. */
const parametersOf = (net: Net): readonly Float32Array[] => [...net.convs, ...net.denses].flatMap(({ weights, bias }) => [weights, bias])

const withParameters = (net: Net, parameters: readonly Float32Array[]): Net => {
  const layer = (i: number) => ({ weights: parameters[2 * i] ?? new Float32Array(0), bias: parameters[2 * i + 1] ?? new Float32Array(0) })
  return {
    ...net,
    convs: net.convs.map((conv, i) => ({ ...conv, ...layer(i) })),
    denses: net.denses.map((dense, i) => ({ ...dense, ...layer(net.convs.length + i) })),
  }
}

const withoutBiases = (net: Net): Net =>
  withParameters(
    net,
    parametersOf(net).map((values, i) => (i % 2 === 0 ? values : new Float32Array(values.length))),
  )

/** Fisher-Yates. */
const shuffled = (count: number, random: Random): readonly number[] => {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1))
    const kept = order[i] ?? i
    order[i] = order[j] ?? j
    order[j] = kept
  }
  return order
}

/** Divisor n; equal targets get sd 1. */
const momentsOf = (targets: ArrayLike<number>): { mean: number; sd: number } => {
  const values = Array.from(targets)
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  return { mean, sd: sd > 0 ? sd : 1 }
}
