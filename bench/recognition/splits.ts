import { Failure } from '../../src/failures.js'
import type { Random } from '../../src/spectrum/random.js'
import { shuffle } from '../../src/training/split.js'

/** Rows to learn from and rows to judge on. */
export interface Draw {
  readonly train: readonly number[]
  readonly test: readonly number[]
}

/** Rows of each word, in the order of the words. */
export const rowsBy = (words: readonly string[]): ReadonlyMap<string, readonly number[]> => {
  const rows = new Map<string, number[]>()
  words.forEach((word, n) => {
    rows.set(word, [...(rows.get(word) ?? []), n])
  })
  return new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Halves of the items of each class by chance, whole items on one side; of an odd number the larger half is learnt from. */
export const itemHalves = (labels: readonly string[], items: readonly string[], random: Random): Draw => {
  const [train, test]: [number[], number[]] = [[], []]
  for (const [, rows] of rowsBy(labels)) {
    const own = [...rowsBy(rows.map((n) => items[n] ?? '')).values()].map((places) => places.map((i) => rows[i] ?? 0))
    const order = shuffle([...own], random)
    const half = Math.ceil(order.length / 2)
    order.forEach((item, i) => {
      ;(i < half ? train : test).push(...item)
    })
  }
  return { train, test }
}

/** Halves of the rows of each class by chance, the smaller half to learn from. */
export const rowHalves = (labels: readonly string[], random: Random): Draw => {
  const [train, test]: [number[], number[]] = [[], []]
  for (const [, rows] of rowsBy(labels))
    shuffle([...rows], random).forEach((n, i) => {
      ;(i < Math.floor(rows.length / 2) ? train : test).push(n)
    })
  return { train, test }
}

/** `count` rows of each word by chance, and the rest. */
export const someOfEach = (words: readonly string[], rows: readonly number[], count: number, random: Random): { some: number[]; rest: number[] } => {
  const some: number[] = []
  const rest: number[] = []
  for (const [, places] of rowsBy(rows.map((n) => words[n] ?? '')))
    shuffle([...places], random).forEach((i, k) => {
      ;(k < count ? some : rest).push(rows[i] ?? 0)
    })
  return { some, rest }
}

/** @throws Failure DATA_INVALID where an object lies on both sides, or a class is judged that was not learnt: the protocol is wrong, not the model. */
export const expectHonest = ({ train, test }: Draw, groups: readonly string[], labels: readonly string[]): void => {
  const learnt = new Set(train.map((n) => groups[n]))
  const torn = test.find((n) => learnt.has(groups[n]))
  const known = new Set(train.map((n) => labels[n]))
  const strange = test.find((n) => !known.has(labels[n]))
  if (torn === undefined && strange === undefined && test.length > 0) return
  const seen =
    test.length === 0
      ? 'nothing to judge on'
      : torn === undefined
        ? `class "${labels[strange ?? 0]}" is not in training`
        : `${groups[torn]} on both sides`
  throw new Failure('DATA_INVALID', { where: 'split of the protocol', seen, allowed: 'whole objects on one side, of classes that are in training' })
}

/** Chance of fewer right answers than this by guessing before labels are called below chance: five standard deviations of a binomial share. */
const DEVIATIONS = 5

/**
 * Share of right answers. Answers that are worse than guessing by more than luck are no result: labels and spectra have been mixed up on the way.
 * @throws Failure DATA_INVALID below chance.
 */
export const accuracyOf = (answers: ArrayLike<number>, truth: readonly number[], where: string): number => {
  const right = truth.reduce((sum, own, n) => sum + (answers[n] === own ? 1 : 0), 0)
  const classes = new Set(truth).size
  const chance = 1 / Math.max(2, classes)
  const share = right / truth.length
  if (share >= chance - DEVIATIONS * Math.sqrt((chance * (1 - chance)) / truth.length)) return share
  throw new Failure('DATA_INVALID', {
    where,
    seen: `${(100 * share).toFixed(1)} % right of ${truth.length}, where guessing gives ${(100 * chance).toFixed(1)} %`,
    allowed: 'labels that belong to their spectra',
    cure: 'correct the protocol: below chance is an error, not a result',
  })
}
