import { type Candidate, criterionOf } from '../search/candidate.js'

/** Models as a report names them. */
export const modelNames = { pls: 'PLS', 'pca-lda': 'PCA-LDA', ridge: 'Ridge', 'kernel-ridge': 'kernel Ridge', cnn: 'the network' } as const

/** The error of cross-validation is not what is picked by: why one with a smaller error did not win, in numbers of the one criterion. */
export const whyNot = (rival: Candidate, best: Candidate, isValue: boolean): string => {
  const [its, own] = [criterionOf(rival), criterionOf(best)].map((criterion) => criterion.toPrecision(3))
  const judged = isValue
    ? 'left-out spectra judged also as changed copies of themselves (shift, factor, baseline, noise), as another instrument would see them'
    : 'the errors of each class and how sure the wrong answers were'
  const because =
    rival.repeats.length < best.repeats.length
      ? 'it fell behind in the first repeat'
      : criterionOf(rival) > criterionOf(best)
        ? 'there it is the worse one'
        : 'among those that are level the simplest is taken, and kernel Ridge only with a clear lead'
  return `${sentenceCase(modelNames[rival.family])} behind "${rival.chain.name}" has the smaller error but was not picked: what picks is another figure (${judged}), ${its} for it and ${own} for the winner: ${because}.`
}

export const sentenceCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
