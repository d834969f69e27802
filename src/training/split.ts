import type { Row } from '../datasets/folder.js'
import { Failure } from '../failures.js'
import { type Random, seededRandom } from '../spectrum/random.js'

/** Which rows train and which judge: by the words in a column, or by chance. Rows with another word, or none, take no part. */
export type SplitPlan =
  | { readonly column: string; readonly train: readonly string[]; readonly test: readonly string[] }
  | { readonly share: number; readonly group: string | null }

export interface Split {
  readonly train: readonly number[]
  readonly test: readonly number[]
}

/**
 * Splits rows 0..n-1. By chance: whole groups (rows with the same word in `group`; without one, or with an empty cell, each row alone)
 * go to the test part until it holds `share` of each label.
 * @throws Failure DATA_INVALID if a part stays empty.
 */
export const splitRows = (rows: readonly Row[], labels: readonly string[], plan: SplitPlan, seed: number): Split => {
  const split = 'column' in plan ? byColumn(rows, plan) : byChance(rows, labels, plan, seededRandom(seed))
  if (split.train.length > 0 && split.test.length > 0) return split
  throw new Failure('DATA_INVALID', {
    where: 'split',
    seen: `${split.train.length} spectra to train on and ${split.test.length} to judge on`,
    allowed: 'at least one of each',
  })
}

/**
 * A fold number from 0 to `count - 1` for each position, groups kept together, labels spread evenly. `groups[n]` names the object of n.
 */
export const foldsOf = (groups: readonly string[], labels: readonly string[], count: number, seed: number): number[] => {
  const folds = new Map<string, number>()
  let next = 0
  for (const { group } of shuffledGroups(groups, labels, seededRandom(seed))) folds.set(group, next++ % count)
  return groups.map((group) => folds.get(group) ?? 0)
}

const byColumn = (rows: readonly Row[], { column, train, test }: { column: string; train: readonly string[]; test: readonly string[] }): Split => {
  const part = (words: readonly string[]) => rows.flatMap((row, n) => (words.includes(row.labels[column] ?? '') ? [n] : []))
  return { train: part(train), test: part(test) }
}

const byChance = (
  rows: readonly Row[],
  labels: readonly string[],
  { share, group }: { share: number; group: string | null },
  random: Random,
): Split => {
  const names = rows.map((row) => (group !== null && row.labels[group] ? `group ${row.labels[group]}` : `row ${row.id}`))
  const wanted = new Map<string, number>()
  for (const label of labels) wanted.set(label, (wanted.get(label) ?? 0) + share)
  const test = new Set<string>()
  for (const { group: name, label, size } of shuffledGroups(names, labels, random)) {
    const left = wanted.get(label) ?? 0
    if (left < size / 2) continue
    test.add(name)
    wanted.set(label, left - size)
  }
  const part = (inTest: boolean) => names.flatMap((name, n) => (test.has(name) === inTest ? [n] : []))
  return { train: part(false), test: part(true) }
}

/** Groups in random order within each label (that of the group's first row), labels in order of first appearance. */
const shuffledGroups = (groups: readonly string[], labels: readonly string[], random: Random) => {
  const byLabel = new Map<string, Map<string, number>>()
  const labelOf = new Map<string, string>()
  groups.forEach((group, n) => {
    const label = labelOf.get(group) ?? labels[n] ?? ''
    labelOf.set(group, label)
    const sizes = byLabel.get(label) ?? new Map<string, number>()
    sizes.set(group, (sizes.get(group) ?? 0) + 1)
    byLabel.set(label, sizes)
  })
  return [...byLabel].flatMap(([label, sizes]) => shuffle([...sizes], random).map(([group, size]) => ({ group, label, size })))
}

/** Fisher and Yates, in place. */
export const shuffle = <T>(items: T[], random: Random): T[] => {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1))
    const a = items[i]
    const b = items[j]
    if (a === undefined || b === undefined) continue
    items[i] = b
    items[j] = a
  }
  return items
}
