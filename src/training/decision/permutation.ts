import { seededRandom } from '../../spectrum/random.js'
import { shuffle } from '../split.js'

export interface Permutation {
  /** Of the true labels. */
  readonly figure: number
  /** The same of labels that were dealt out again, in the order of the draws. */
  readonly shuffled: readonly number[]
  /** Chance that labels without meaning give a figure as good: (1 + as good) / (1 + draws). */
  readonly p: number
}

export interface PermutationTask {
  /** The whole way from labels (or values), one a spectrum, to a cross-validated figure. */
  readonly score: (truth: readonly number[]) => number | Promise<number>
  readonly truth: readonly number[]
  readonly groups: readonly string[]
  readonly better: 'higher' | 'lower'
  readonly times?: number
  readonly seed: number
}

const TIMES = 20

/**
 * Trains on labels that were permuted between groups: what is left of the figure is what the protocol gives away by itself (a leak between the parts, or
 * far more channels than objects). Labels move as a group has them, so that spectra of one object go on sharing one (Ojala, Garriga, JMLR 11:1833,
 * 2010, test 1, with the group as the unit).
 */
export const permutationCheck = async ({ score, truth, groups, better, times = TIMES, seed }: PermutationTask): Promise<Permutation> => {
  const random = seededRandom(seed)
  const rowsOf = new Map<string, number[]>()
  groups.forEach((group, n) => {
    rowsOf.set(group, [...(rowsOf.get(group) ?? []), n])
  })
  const own = [...rowsOf.values()]
  const figure = await score(truth)
  const shuffled: number[] = []
  for (let time = 0; time < times; time++) {
    const givers = shuffle([...own], random)
    const dealt = [...truth]
    own.forEach((rows, g) => {
      // A group that holds several labels, as a day does, gives them in another order too: days that all hold the same would change nothing.
      const labels = shuffle(
        (givers[g] ?? []).map((n) => truth[n] ?? Number.NaN),
        random,
      )
      rows.forEach((n, i) => {
        dealt[n] = labels[i % labels.length] ?? Number.NaN
      })
    })
    shuffled.push(await score(dealt))
  }
  const asGood = shuffled.filter((value) => (better === 'higher' ? value >= figure : value <= figure)).length
  return { figure, shuffled, p: (1 + asGood) / (1 + times) }
}
