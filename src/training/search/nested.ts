import type { Family, Setting, Subjects, Targets } from '../contract.js'
import type { Recipe } from '../recipe.js'
import { type ModelBench, openBench } from './bench.js'
import type { ChainRows } from './chains.js'
import type { Repeat } from './folds.js'
import { errorOf, isWords, simplestOfBest } from './score.js'
import { type Tally, tallyFor, tallyLogits, tallyValue } from './tally.js'

/** What one repeat says of one chain with one family. Criteria are those of tally.ts: smaller is better. */
export interface Nested {
  readonly settings: readonly Setting[]
  /** By fold: the setting that was chosen without it, and the criterion by which. */
  readonly chosen: readonly number[]
  readonly innerCriteria: readonly number[]
  /** By row: class index, or value, from the model that had not seen its fold, in the setting chosen for that fold. */
  readonly answers: Float64Array
  /** Error and criterion of `answers`: honest, no row had a part in what answered for it. */
  readonly error: number
  readonly criterion: number
  /** Criterion of each setting over all rows, by which the setting of the final model is chosen. */
  readonly settingCriteria: readonly number[]
}

export interface NestedTask {
  readonly chain: ChainRows
  readonly families: readonly Family[]
  readonly subjects: Subjects
  readonly repeat: Repeat
  readonly priors: Recipe['priors']
  /** Called between fits: lets what waits have its turn, and throws where the training was stopped. */
  turn(): Promise<void>
}

/** Opens the bench of a training part; one and the same where the chain learns nothing. */
export const benchesOf = (chain: ChainRows): ((train: readonly number[]) => ModelBench) => {
  const open = (train: readonly number[]) => openBench(chain.rows(train).map((row) => row?.values ?? new Float64Array(0)))
  if (chain.learns) return open
  let only: ModelBench | null = null
  return (train) => {
    only ??= open(train)
    return only
  }
}

/** Nested cross-validation of all families behind one chain: every fit answers for all settings at once. */
export const nestedOf = async (task: NestedTask, benchOf: (train: readonly number[]) => ModelBench): Promise<ReadonlyMap<Family, Nested>> => {
  const { families, subjects, repeat, turn } = task
  const books = new Map(families.map((family) => [family, bookFor(repeat.outer.length)]))
  for (const [fold, { train, test }] of repeat.outer.entries()) {
    const bench = benchOf(train)
    for (const [family, book] of books) {
      const offered = bench.settings(family, train.length)
      if (book.settings === null || offered.length < book.settings.length) book.settings = offered
      book.outer[fold] = answersOf(bench, family, task, train, [test]).map(({ answers, tallies }) => ({
        answers,
        tally: tallies[0] ?? tallyFor(subjects),
      }))
      await turn()
    }
  }
  for (const { train, tests } of repeat.inner) {
    const bench = benchOf(train)
    const known = new Set(train.map((n) => subjects.truth[n]))
    // What the part could not learn (a class of two groups, both left out) says nothing of the setting.
    const judged = tests.map(({ rows }) => (isWords(subjects) ? rows.filter((n) => known.has(subjects.truth[n])) : rows))
    for (const [family, book] of books) {
      const answered = answersOf(bench, family, task, train, judged)
      if (book.settings && answered.length < book.settings.length) book.settings = book.settings.slice(0, answered.length)
      for (const [s, { tallies }] of answered.entries())
        for (const [i, { fold }] of tests.entries()) {
          const sums = book.inner[fold] ?? []
          const own = tallies[i]
          if (sums[s] && own) sums[s].add(own)
          else if (own) sums[s] = own
        }
      await turn()
    }
  }
  return new Map([...books].map(([family, book]) => [family, summed(task, book)]))
}

/** What the fits of one family said: by fold, then by setting. */
interface Book {
  settings: readonly Setting[] | null
  readonly outer: { readonly answers: Float64Array; readonly tally: Tally }[][]
  readonly inner: Tally[][]
}

const bookFor = (folds: number): Book => ({ settings: null, outer: [], inner: Array.from({ length: folds }, () => []) })

const summed = ({ subjects, repeat }: NestedTask, { settings, outer, inner }: Book): Nested => {
  const grid = settings ?? []
  const criteria = inner.map((sums) => grid.map((_, s) => sums[s]?.criterion() ?? Number.POSITIVE_INFINITY))
  const chosen = criteria.map((own) => Math.max(0, simplestOfBest(own)))
  const answers = new Float64Array(subjects.truth.length).fill(Number.NaN)
  const total = tallyFor(subjects)
  repeat.outer.forEach(({ test }, fold) => {
    const own = outer[fold]?.[chosen[fold] ?? 0]
    if (!own) return
    total.add(own.tally)
    test.forEach((n, i) => {
      answers[n] = own.answers[i] ?? Number.NaN
    })
  })
  return {
    settings: grid,
    chosen,
    innerCriteria: criteria.map((own, fold) => own[chosen[fold] ?? 0] ?? Number.POSITIVE_INFINITY),
    answers,
    error: errorOf(subjects, answers),
    criterion: total.criterion(),
    settingCriteria: grid.map((_, s) => {
      const sum = tallyFor(subjects)
      for (const fold of outer) if (fold[s]) sum.add(fold[s].tally)
      return sum.criterion()
    }),
  }
}

/**
 * Answers of each setting to the rows of `tests` together (class indices, or values), and what those of each test add up to. A class that the training
 * part does not hold is never an answer.
 */
export const answersOf = (
  bench: ModelBench,
  family: Family,
  { subjects, priors }: Pick<NestedTask, 'subjects' | 'priors'>,
  train: readonly number[],
  tests: readonly (readonly number[])[],
): { readonly answers: Float64Array; readonly tallies: readonly Tally[] }[] => {
  const { truth, values, own = truth.length } = subjects
  const rows = tests.flat()
  const of = tests.flatMap((test, i) => test.map(() => i))
  const sorted = (put: (tally: Tally, n: number, i: number) => number) => {
    const tallies = tests.map(() => tallyFor(subjects))
    const answers = Float64Array.from(rows, (n, i) => {
      const tally = tallies[of[i] ?? 0]
      return tally ? put(tally, n, i) : Number.NaN
    })
    return { answers, tallies }
  }
  if (!isWords(subjects))
    return bench.answers(family, { kind: 'value', values }, train, rows).map((outputs) =>
      sorted((tally, n, i) => {
        const value = outputs[i] ?? Number.NaN
        tallyValue(tally, value, values[n] ?? Number.NaN, n >= own)
        return value
      }),
    )
  const present = [...new Set(train.map((n) => truth[n] ?? 0))].sort((a, b) => a - b)
  const place = new Map(present.map((label, i) => [label, i]))
  // A row of a class that is not there is never in `train`: its own number is not looked at.
  const targets: Targets = { kind: 'class', classes: present.length, truth: truth.map((label) => place.get(label) ?? 0), priors }
  return bench
    .answers(family, targets, train, rows)
    .map((outputs) => sorted((tally, n, i) => tallyLogits(tally, outputs, i * present.length, present, truth[n] ?? 0)))
}
