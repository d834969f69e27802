import { argmax } from '../figures.js'
import type { ReliabilityBin } from '../report.js'

/** Bins of a reliability curve at most, and spectra that one holds at least. */
const BINS = 15
const LEAST_IN_BIN = 10

/**
 * How often the forced answer is right, by its calibrated score. Bins hold equally many spectra, not equal ranges of the score: most scores of a good model lie
 * near 1, so that bins of equal width would be empty or hold a handful (Nixon et al. 2019, "Measuring Calibration in Deep Learning", arXiv 1904.01685,
 * section 4.2). Equal scores may fall into two bins.
 * @param scores calibrated scores of each spectrum, one a class, from a model that had not seen it
 */
export const reliabilityOf = (scores: readonly ArrayLike<number>[], truth: readonly number[]): readonly ReliabilityBin[] => {
  const answers = scores
    .map((own, n) => ({ score: own[argmax(own)] ?? Number.NaN, right: argmax(own) === truth[n] }))
    .filter(({ score }) => Number.isFinite(score))
    .sort((a, b) => a.score - b.score || Number(a.right) - Number(b.right))
  const bins = Math.max(1, Math.min(BINS, Math.floor(answers.length / LEAST_IN_BIN)))
  return Array.from({ length: bins }, (_, b) =>
    answers.slice(Math.round((b * answers.length) / bins), Math.round(((b + 1) * answers.length) / bins)),
  ).flatMap((own) => {
    const [first, last] = [own[0], own.at(-1)]
    if (!first || !last) return []
    return [
      {
        low: first.score,
        high: last.score,
        count: own.length,
        confidence: own.reduce((sum, { score }) => sum + score / own.length, 0),
        accuracy: own.filter(({ right }) => right).length / own.length,
      },
    ]
  })
}

/** Mean distance between score and share of right answers over the bins, weighted by their spectra: the expected calibration error. */
export const calibrationError = (bins: readonly ReliabilityBin[]): number => {
  const total = bins.reduce((sum, { count }) => sum + count, 0)
  return bins.reduce((sum, { count, confidence, accuracy }) => sum + (count / total) * Math.abs(confidence - accuracy), 0)
}
