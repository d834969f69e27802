import type { Row } from '../datasets/folder.js'
import { Failure } from '../failures.js'
import { type Random, seededRandom } from '../spectrum/random.js'
import type { Recipe } from './recipe.js'

export interface Split {
  readonly train: readonly number[]
  readonly test: readonly number[]
}

/**
 * Splits rows 0..n-1 as the recipe says: by the words in a column (rows with another word, or none, take no part), or by chance: whole
 * groups go to the test part until it holds `share` of each label. `labels[n]` is the class of row n, `groups[n]` its group.
 * @throws Failure DATA_INVALID if a part stays empty, or a group lies on both sides.
 */
export const splitRows = (
  rows: readonly Row[],
  labels: readonly string[],
  groups: readonly string[],
  plan: NonNullable<Recipe['split']>,
  seed: number,
): Split => {
  const split = 'column' in plan ? byColumn(rows, plan) : byChance(labels, groups, plan.share, seededRandom(seed))
  if (split.train.length === 0 || split.test.length === 0)
    throw new Failure('DATA_INVALID', {
      where: 'split',
      seen: `${split.train.length} spectra to train on and ${split.test.length} to judge on`,
      allowed: 'at least one of each',
    })
  const trained = new Set(split.train.map((n) => groups[n]))
  const torn = split.test.find((n) => trained.has(groups[n]))
  if (torn === undefined) return split
  throw new Failure('DATA_INVALID', {
    where: `split, spectrum "${rows[torn]?.id ?? ''}"`,
    seen: `${groups[torn]} on both sides`,
    allowed: 'all spectra of a group on one side',
    cure: 'correct the column of the split, or the column of the groups',
  })
}

/**
 * A fold number from 0 to `count - 1` for each position: groups kept together, each label spread over as many folds as it has groups,
 * folds of about equal size. Groups come in random order, large ones first; each goes to the fold that holds least of its labels.
 */
export const foldsOf = (groups: readonly string[], labels: readonly string[], count: number, seed: number): number[] => {
  const total = counted(labels)
  const mixes = new Map<string, Map<string, number>>()
  groups.forEach((group, n) => {
    const mix = mixes.get(group) ?? new Map<string, number>()
    const label = labels[n] ?? ''
    mix.set(label, (mix.get(label) ?? 0) + 1)
    mixes.set(group, mix)
  })
  const size = (mix: ReadonlyMap<string, number>) => [...mix.values()].reduce((sum, rows) => sum + rows, 0)
  const ordered = shuffle([...mixes], seededRandom(seed)).sort(([, a], [, b]) => size(b) - size(a))
  const held = Array.from({ length: count }, () => ({ labels: new Map<string, number>(), rows: 0 }))
  const folds = new Map<string, number>()
  for (const [group, mix] of ordered) {
    // How full the fold is of what this group brings: shares of its labels first, rows where these are level.
    const costs = held.map((fold) =>
      [...mix].reduce((sum, [label, rows]) => sum + (rows * (fold.labels.get(label) ?? 0)) / (total.get(label) ?? 1), 0),
    )
    let best = 0
    costs.forEach((cost, f) => {
      const least = costs[best] ?? 0
      const tied = Math.abs(cost - least) <= 1e-9 * (1 + least)
      if (tied ? (held[f]?.rows ?? 0) < (held[best]?.rows ?? 0) : cost < least) best = f
    })
    folds.set(group, best)
    const fold = held[best]
    if (!fold) continue
    fold.rows += size(mix)
    for (const [label, rows] of mix) fold.labels.set(label, (fold.labels.get(label) ?? 0) + rows)
  }
  return groups.map((group) => folds.get(group) ?? 0)
}

const counted = (words: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

const byColumn = (rows: readonly Row[], { column, train, test }: { column: string; train: readonly string[]; test: readonly string[] }): Split => {
  const part = (words: readonly string[]) => rows.flatMap((row, n) => (words.includes(row.labels[column] ?? '') ? [n] : []))
  return { train: part(train), test: part(test) }
}

const byChance = (labels: readonly string[], groups: readonly string[], share: number, random: Random): Split => {
  const wanted = new Map([...counted(labels)].map(([label, count]) => [label, count * share]))
  const sizes = new Map<string, { label: string; size: number }>()
  groups.forEach((group, n) => {
    const known = sizes.get(group) ?? { label: labels[n] ?? '', size: 0 }
    sizes.set(group, { ...known, size: known.size + 1 })
  })
  const test = new Set<string>()
  for (const [group, { label, size }] of shuffle([...sizes], random)) {
    const left = wanted.get(label) ?? 0
    if (left < size / 2) continue
    test.add(group)
    wanted.set(label, left - size)
  }
  const part = (inTest: boolean) => groups.flatMap((group, n) => (test.has(group) === inTest ? [n] : []))
  return { train: part(false), test: part(true) }
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
