import type { Subjects } from '../contract.js'
import { isWords } from './score.js'

/**
 * Temperatures at which the loss of logits is looked at: outputs of different kinds of models are not on one scale, and how sure they are counts only after it
 * is set right. From the largest down each is half the one before.
 */
const HOTTEST = 32
const TEMPERATURES = 11

/** Weight of the log loss (nats, each class alike) beside the share of wrong answers. */
const LOSS_WEIGHT = 0.3

/**
 * Weight of the error on changed copies (stress.ts) beside that on the spectra themselves, in a geometric mean: a tenth of the one is worth 1.8 times the other.
 * In one sum of squares the copies drown the spectra wherever a model is precise (measured, one instrument: protein of wheat 1.20 instead of 0.46 %, moisture of
 * maize 0.154 instead of 0.006 %); without copies nothing tells candidates apart that another instrument does.
 */
const CHANGED_WEIGHT = 0.2

/** What answers to some rows add up to; sums of several parts add. */
export interface Tally {
  add(other: Tally): void
  /**
   * What settings and candidates are chosen by. Classes: 1 - balanced accuracy, plus 0.3 of the log loss at the best temperature: counts of errors alone leave
   * exact ties that hide which one is nearly wrong (measured: laboratory to pilot tablets, 79 to 96 % by the first of equals, 100 % with the
   * loss). Values: root mean square error; where changed copies were judged too, the geometric mean of the two errors, weighed 4 to 1.
   */
  criterion(): number
  readonly sums: Float64Array
}

/** An empty tally for subjects of this kind. */
export const tallyFor = (subjects: Pick<Subjects, 'task' | 'limits' | 'labels'>): Tally =>
  isWords(subjects) ? ofClasses(subjects.labels.length) : ofValues()

/** Row by row: count, hits and the loss at each temperature, of each class. */
const COLUMNS = 2 + TEMPERATURES

const ofClasses = (classes: number): Tally => {
  const sums = new Float64Array(classes * COLUMNS)
  return {
    sums,
    add: addInto(sums),
    criterion: () => {
      const losses = new Float64Array(TEMPERATURES)
      let wrong = 0
      let present = 0
      for (let c = 0; c < classes; c++) {
        const count = sums[c * COLUMNS] ?? 0
        if (count === 0) continue
        present++
        wrong += 1 - (sums[c * COLUMNS + 1] ?? 0) / count
        for (let t = 0; t < TEMPERATURES; t++) losses[t] = (losses[t] ?? 0) + (sums[c * COLUMNS + 2 + t] ?? 0) / count
      }
      return (wrong + LOSS_WEIGHT * Math.min(...losses)) / present
    },
  }
}

/** Count and squared errors of the spectra, then of their changed copies. */
const ofValues = (): Tally => {
  const sums = new Float64Array(4)
  const error = (at: number) => Math.sqrt((sums[at + 1] ?? 0) / (sums[at] ?? 0))
  return { sums, add: addInto(sums), criterion: () => (sums[2] === 0 ? error(0) : error(0) ** (1 - CHANGED_WEIGHT) * error(2) ** CHANGED_WEIGHT) }
}

const addInto = (sums: Float64Array) => (other: Tally) => {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (other.sums[i] ?? 0)
}

/** Adds one value to a tally of values. @param changed whether the answer is to a changed copy (stress.ts) */
export const tallyValue = ({ sums }: Tally, value: number, truth: number, changed = false): void => {
  const at = changed ? 2 : 0
  sums[at] = (sums[at] ?? 0) + 1
  sums[at + 1] = (sums[at + 1] ?? 0) + (value - truth) ** 2
}

/**
 * Adds one row of logits to a tally of classes, and says which class is the highest. `present` are the classes that the logits are of, in order; the true
 * one must be among them.
 */
export const tallyLogits = ({ sums }: Tally, logits: Float64Array, at: number, present: readonly number[], truth: number): number => {
  const count = present.length
  let best = 0
  let own = 0
  for (let o = 0; o < count; o++) {
    if ((logits[at + o] ?? 0) > (logits[at + best] ?? 0)) best = o
    if (present[o] === truth) own = o
  }
  const top = logits[at + best] ?? 0
  const row = truth * COLUMNS
  sums[row] = (sums[row] ?? 0) + 1
  if (best === own) sums[row + 1] = (sums[row + 1] ?? 0) + 1
  const gap = top - (logits[at + own] ?? 0)
  // exp(-d / T) at half the temperature is its square.
  const parts = scratch(count)
  for (let o = 0; o < count; o++) parts[o] = Math.exp(((logits[at + o] ?? 0) - top) / HOTTEST)
  let temperature = HOTTEST
  for (let t = 0; t < TEMPERATURES; t++) {
    let sum = 0
    for (let o = 0; o < count; o++) {
      const part = parts[o] ?? 0
      sum += part
      parts[o] = part * part
    }
    sums[row + 2 + t] = (sums[row + 2 + t] ?? 0) + gap / temperature + Math.log(sum)
    temperature /= 2
  }
  return present[best] ?? 0
}

/** One array for all calls: a search makes millions of them. */
let shared = new Float64Array(16)
const scratch = (count: number): Float64Array => {
  if (shared.length < count) shared = new Float64Array(count)
  return shared
}
