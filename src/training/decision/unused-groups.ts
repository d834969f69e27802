import type { Finding, Task } from '../contract.js'

export interface UnusedGroupsTask {
  readonly task: Task
  /** By row: class, value. */
  readonly truth: readonly number[]
  readonly values: readonly number[]
  /** Every other column of the data set, by row; an empty cell is unknown. */
  readonly columns: Readonly<Record<string, readonly string[]>>
}

/** Columns that are suggested, those with most words first: each costs one cross-validation. */
export const MAX_SUGGESTED = 2

/** A column with fewer words than this keeps nothing apart that folds could be made of. */
const MIN_WORDS = 5
/** Share of the rows that must share their word with another: single words keep nothing together. */
const REPEATED_SHARE = 0.5
/** Names that people give to what is measured more than once. */
const NAMED = /^(object|sample|specimen|item|piece|subject|batch|lot|bottle|bag|day|date|session|run)(s|_?id|_?no|_?number|_?name)?$/i

/**
 * Columns that look like objects, batches or samples though nobody named them as groups: most rows share their word with another row, and either all
 * rows of a word have one label (one value), with several words in each class, or the name says so. Those with most words, the smallest things, first.
 */
export const unusedGroups = (task: UnusedGroupsTask): readonly string[] =>
  Object.entries(task.columns)
    .map(([column, cells]) => ({ column, words: rowsByWord(cells) }))
    .filter(({ column, words }) => isRepeated(words, task.truth.length) && (NAMED.test(column) || isOneThing(task, words)))
    .sort((a, b) => b.words.length - a.words.length)
    .slice(0, MAX_SUGGESTED)
    .map(({ column }) => column)

const rowsByWord = (cells: readonly string[]): readonly (readonly number[])[] => {
  const rows = new Map<string, number[]>()
  cells.forEach((cell, n) => {
    if (cell !== '') rows.set(cell, [...(rows.get(cell) ?? []), n])
  })
  return [...rows.values()]
}

const isRepeated = (words: readonly (readonly number[])[], count: number): boolean =>
  words.length >= MIN_WORDS && words.reduce((sum, rows) => sum + (rows.length > 1 ? rows.length : 0), 0) >= REPEATED_SHARE * count

/** Every row of a word is of one class or value, and there are at least twice as many words as classes: a name of the class itself keeps nothing apart. */
const isOneThing = ({ task, truth, values }: UnusedGroupsTask, words: readonly (readonly number[])[]): boolean => {
  const known = task === 'value' ? values : truth
  const own = words.map((rows) => new Set(rows.map((n) => known[n])))
  const classes = new Set(own.flatMap((labels) => [...labels])).size
  return own.every(({ size }) => size === 1) && (task === 'value' ? classes > words.length / 2 : words.length >= 2 * classes)
}

/** Error or score with single spectra left out, and with all spectra of a word left out together; null where no folds could be made of them. */
export interface Suggested {
  readonly column: string
  readonly words: number
  readonly spectra: number
  readonly single: string
  readonly grouped: string | null
}

/** What `--group` would change, in words. */
export const suggestGroup = ({ column, words, spectra, single, grouped }: Suggested): Finding => {
  const change =
    grouped === null
      ? 'No folds could be made of whole words: some class lies in too few of them, and what the model would do on new ones is not known.'
      : `The winning recipe has ${single} here; with all spectra of a word left out together it would have ${grouped}.`
  const text = `The column "${column}" looks like a name of what was measured several times (${spectra} spectra, ${words} words), and spectra of one are on both sides of every split: the figures of this report may flatter. ${change} If the spectra of a word are of one object, sample or batch, train with --group ${column}.`
  return { code: 'group-suggested', text, ids: [], count: words }
}
