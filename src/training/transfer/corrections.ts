import type { Transfer } from '../../calibration/transfer/contract.js'
import { correctPrediction, fitBias, fitSlopeBias } from '../../calibration/transfer/predictions.js'
import type { OpenModel } from '../../models/open.js'
import { correctionOf } from '../../models/transfer.js'
import { type Answered, answerSpectra, type MeasuredRows } from '../evaluation/answers.js'
import { isRefused } from '../evaluation/class-figures.js'
import type { LeftOut, Way } from './contract.js'
import { type Labelled, objectsOf, without } from './standards.js'

/** What the model says of spectra through a transfer: the forced answer, whatever the gate says. */
export const answersBy = async (model: OpenModel, standards: Labelled, measured: MeasuredRows, fitted: Transfer | null): Promise<LeftOut> => {
  const { answers } = await answerSpectra(model, measured, () => {}, correctionOf(fitted))
  return {
    answers: Float64Array.from(answers, (one) => (standards.task === 'value' ? (one.value ?? Number.NaN) : classOf(one, standards))),
    scores: answers.map((one) => scoresOf(one, standards)),
    refused: answers.map((answered) => isRefused({ answered })),
  }
}

const classOf = ({ top }: Answered, { labels }: Labelled): number => (top === null ? Number.NaN : labels.indexOf(top))

const scoresOf = ({ answer, top }: Answered, { labels, task }: Labelled): Float64Array | null =>
  task === 'value' || top === null ? null : Float64Array.from(labels, (label) => answer.scores[label] ?? 0)

/**
 * A correction of predictions, each standard by the correction of the other objects. Whether it is refused is asked of the correction of all: it moves
 * a value in or out of the trained range, which is no reason to refuse.
 */
export const correctedWay = (method: 'bias' | 'slope-bias', standards: Labelled, plain: LeftOut): Way => {
  const all = Array.from(standards.ids, (_, n) => n)
  const answers = new Float64Array(all.length).fill(Number.NaN)
  for (const left of objectsOf(standards)) {
    const own = fitted(method, standards, plain, without(all.length, left))
    for (const n of left) answers[n] = correctPrediction(own, plain.answers[n] ?? Number.NaN)
  }
  return { leftOut: { ...plain, answers }, fitted: fitted(method, standards, plain, all) }
}

/** Each object has one say, however many spectra it has: its means. @throws Failure DATA_INVALID where they cannot carry a line. */
const fitted = (method: 'bias' | 'slope-bias', { values, groups }: Labelled, { answers }: LeftOut, rows: readonly number[]) => {
  const objects = objectsOf({ groups: rows.map((n) => groups[n] ?? '') }).map((own) => own.map((i) => rows[i] ?? 0))
  const meanOf = (list: ArrayLike<number>) => objects.map((own) => own.reduce((sum, n) => sum + (list[n] ?? Number.NaN) / own.length, 0))
  return method === 'bias' ? fitBias(meanOf(answers), meanOf(values)) : fitSlopeBias(meanOf(answers), meanOf(values))
}
