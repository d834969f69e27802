import t from 'tap'
import type { Family } from '../../../src/training/contract.js'
import { whyNot } from '../../../src/training/final/why-not.js'
import type { Candidate } from '../../../src/training/search/candidate.js'

const candidate = (family: Family, criteria: readonly number[]): Candidate => ({
  ...{ family, words: true, chain: { name: 'snv', steps: 1, learns: false, rows: () => [], stepsFor: () => [] } },
  repeats: criteria.map((criterion) => ({
    ...{ settings: [], chosen: [], innerCriteria: [], answers: new Float64Array(0), error: 0.1, criterion, settingCriteria: [] },
  })),
})

t.test('why the one with the smaller error was not picked, each reason in the numbers of what picks', async (t) => {
  const best = candidate('ridge', [0.2, 0.2])
  t.match(
    whyNot(candidate('pls', [0.3]), best, false),
    /^PLS behind "snv" has the smaller error .*errors of each class.* 0\.300 for it and 0\.200 .*fell behind in the first repeat\.$/,
  )
  t.match(
    whyNot(candidate('kernel-ridge', [0.3, 0.32]), best, true),
    /^Kernel Ridge .*changed copies.* 0\.310 for it .*: there it is the worse one\.$/,
  )
  t.match(whyNot(candidate('pca-lda', [0.2, 0.2]), best, false), /^PCA-LDA .*: among those that are level the simplest is taken/)
})
