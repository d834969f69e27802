import type { Dataset, Row } from '../datasets/folder.js'
import { Failure } from '../failures.js'
import type { Target } from './recipe.js'

/** The rows of a set that have a label: `truth[n]` is the class of `rows[n]`, `values[n]` the number behind it (the class itself for words). */
export interface Examples {
  readonly labels: readonly string[]
  readonly rows: readonly Row[]
  readonly truth: readonly number[]
  readonly values: readonly number[]
  /** Rows without a label, or with one that is too rare: left out. */
  readonly unlabelled: number
}

/** Classes that one model can tell apart (manifest.outputs). */
const MAX_LABELS = 1024

/**
 * Gives each row its class. An empty cell means unknown, and the row is left out.
 * @throws Failure DATA_INVALID: no such column, a cell that is no number, fewer than two classes, or more than a model can have.
 */
export const labelled = (dataset: Dataset, target: Target): Examples => {
  const where = `${dataset.name}, column "${target.column}"`
  if (!dataset.meta.label_columns.includes(target.column))
    throw new Failure('DATA_INVALID', { where: dataset.name, seen: `no column "${target.column}"`, allowed: dataset.meta.label_columns.join(', ') })
  const named = dataset.rows.filter((row) => (row.labels[target.column] ?? '') !== '')
  const rare = target.kind === 'labels' ? rareWords(named, target.column, target.minCount) : new Set<string>()
  const rows = named.filter((row) => !rare.has(row.labels[target.column] ?? ''))
  const cells = rows.map((row) => row.labels[target.column] ?? '')
  const unlabelled = dataset.rows.length - rows.length
  const examples = target.kind === 'limits' ? byLimits(rows, cells, target, where) : byWords(cells)
  const count = new Set(examples.truth).size
  if (count < 2 || examples.labels.length > MAX_LABELS)
    throw new Failure('DATA_INVALID', {
      where,
      seen: `${count} classes in ${rows.length} labelled spectra`,
      allowed: `2 to ${MAX_LABELS} classes`,
      cure: target.kind === 'labels' ? 'if the column holds numbers, give limits in a recipe' : 'check the limits in the recipe',
    })
  return { ...examples, rows, unlabelled }
}

/** Class of a number: 0 below the first limit, 1 from there to the second (both included), 2 above. */
export const classOf = (value: number, [low, high]: readonly [number, number]): number => (value < low ? 0 : value <= high ? 1 : 2)

const byLimits = (rows: readonly Row[], cells: readonly string[], { limits, labels }: Extract<Target, { kind: 'limits' }>, where: string) => {
  const values = cells.map((cell, n) => {
    const value = Number(cell)
    if (cell.trim() !== '' && Number.isFinite(value)) return value
    throw new Failure('DATA_INVALID', {
      where: `${where}, spectrum "${rows[n]?.id ?? ''}"`,
      seen: `"${cell}"`,
      allowed: 'a number, or an empty cell',
    })
  })
  return { labels, values, truth: values.map((value) => classOf(value, limits)) }
}

const byWords = (cells: readonly string[]) => {
  const labels = [...new Set(cells)].sort()
  const truth = cells.map((cell) => labels.indexOf(cell))
  return { labels, values: truth, truth }
}

const rareWords = (rows: readonly Row[], column: string, minCount: number): ReadonlySet<string> => {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(row.labels[column] ?? '', (counts.get(row.labels[column] ?? '') ?? 0) + 1)
  return new Set([...counts].filter(([, count]) => count < minCount).map(([word]) => word))
}
