import type { Dataset, Row } from '../datasets/folder.js'
import { Failure } from '../failures.js'
import type { Task } from './contract.js'
import type { Recipe, Target } from './recipe.js'
import { type Listed, MAX_LISTED } from './report.js'

/** The rows of a set that have a label: `truth[n]` is the class of `rows[n]`, `values[n]` its number; groups as in contract.ts. */
export interface Examples {
  readonly task: Task
  readonly labels: readonly string[]
  readonly unit: string | null
  readonly limits: readonly [number, number] | null
  readonly rows: readonly Row[]
  readonly truth: readonly number[]
  readonly values: readonly number[]
  readonly groups: readonly string[]
  readonly leftOut: { readonly unlabelled: Listed; readonly unknown: Listed; readonly rare: Listed; readonly dropped: Listed }
}

/** Classes that one model can tell apart (manifest.outputs). */
const MAX_LABELS = 1024

/** The label of what is known to be something else: never trained on, in any case of its letters. */
const UNKNOWN = /^unknown$/i

/**
 * Gives each row its class or value. An empty cell means unknown, and the row is left out, as are rows with the label "unknown", those of a
 * class that is too rare, and those that the recipe drops; all are listed.
 * @throws Failure DATA_INVALID: no such column or id, a cell that is no number, fewer than two classes, or more than a model can have.
 */
export const examplesOf = (dataset: Dataset, { target, group, drop }: Pick<Recipe, 'target' | 'group' | 'drop'>): Examples => {
  expectColumn(dataset, target.column)
  expectColumn(dataset, group)
  const gone = new Set(drop)
  const missing = drop.find((id) => !dataset.rows.some((row) => row.id === id))
  if (missing !== undefined)
    throw new Failure('DATA_INVALID', { where: `${dataset.name}, ids to drop`, seen: `"${missing}"`, allowed: 'ids of the set' })
  const cellOf = (row: Row) => (target.column === null ? 'all' : (row.labels[target.column] ?? '').trim())
  const kept = dataset.rows.filter((row) => !gone.has(row.id))
  const named = kept.filter((row) => cellOf(row) !== '')
  const known = named.filter((row) => !UNKNOWN.test(cellOf(row)))
  const rare = target.kind === 'labels' ? rareWords(known.map(cellOf), target.minCount) : new Set<string>()
  const rows = known.filter((row) => !rare.has(cellOf(row)))
  const learnt = learn(dataset, target, rows, rows.map(cellOf))
  return {
    ...learnt,
    rows,
    groups: rows.map((row) => groupOf(row, group)),
    leftOut: {
      unlabelled: listed(kept.filter((row) => cellOf(row) === '')),
      unknown: listed(named.filter((row) => UNKNOWN.test(cellOf(row)))),
      rare: listed(known.filter((row) => rare.has(cellOf(row)))),
      dropped: listed(dataset.rows.filter((row) => gone.has(row.id))),
    },
  }
}

/** What stands before the word of a group, and before the id of a spectrum that is a group of its own. */
const [GROUP, ALONE] = ['group ', 'row ']

/** Rows of one word in the column belong together; a blank cell is a group of its own. */
export const groupOf = ({ id, labels }: Row, column: string | null): string => {
  const word = column === null ? '' : (labels[column] ?? '').trim()
  return word === '' ? `${ALONE}${id}` : `${GROUP}${word}`
}

/** Class of a number: 0 below the first limit, 1 from there to the second (both included), 2 above. */
export const classOf = (value: number, [low, high]: readonly [number, number]): number => (value < low ? 0 : value <= high ? 1 : 2)

export const listed = (rows: readonly { readonly id: string }[]): Listed => ({
  count: rows.length,
  ids: rows.slice(0, MAX_LISTED).map(({ id }) => id),
})

type Learnt = Pick<Examples, 'task' | 'labels' | 'unit' | 'limits' | 'truth' | 'values'>

const learn = (dataset: Dataset, target: Target, rows: readonly Row[], cells: readonly string[]): Learnt => {
  const where = target.column === null ? dataset.name : `${dataset.name}, column "${target.column}"`
  if (rows.length === 0) throw new Failure('DATA_INVALID', { where, seen: 'no spectrum with a label', allowed: 'labelled spectra' })
  const none = cells.map(() => Number.NaN)
  const zero = cells.map(() => 0)
  switch (target.kind) {
    case 'identity':
      return { task: 'identity', labels: [target.label], unit: null, limits: null, truth: zero, values: none }
    case 'value':
      return { task: 'value', labels: [target.column], unit: target.unit, limits: null, truth: zero, values: numbers(rows, cells, where) }
    case 'limits': {
      const values = numbers(rows, cells, where)
      const truth = values.map((value) => classOf(value, target.limits))
      return expectClasses({ task: 'class', labels: target.labels, unit: target.unit, limits: target.limits, truth, values }, where)
    }
    case 'labels': {
      const labels = [...new Set(cells)].sort()
      const places = new Map(labels.map((label, i) => [label, i]))
      const truth = cells.map((cell) => places.get(cell) ?? 0)
      return expectClasses({ task: 'class', labels, unit: null, limits: null, truth, values: none }, where)
    }
  }
}

const expectColumn = ({ name, meta }: Dataset, column: string | null): void => {
  if (column === null || meta.label_columns.includes(column)) return
  throw new Failure('DATA_INVALID', {
    where: name,
    seen: `no column "${column}"`,
    allowed: meta.label_columns.join(', ') || 'a set with label columns',
  })
}

const expectClasses = (learnt: Learnt, where: string): Learnt => {
  const count = new Set(learnt.truth).size
  if (count >= 2 && learnt.labels.length <= MAX_LABELS) return learnt
  throw new Failure('DATA_INVALID', {
    where,
    seen: `${count} ${count === 1 ? 'class' : 'classes'} in ${learnt.truth.length} labelled spectra`,
    allowed: `2 to ${MAX_LABELS} classes`,
    cure:
      learnt.limits === null
        ? 'a set of one material makes an identity model: target {kind: identity, label: NAME}; classes below the least count were left out'
        : 'check the limits in the recipe',
  })
}

/** The number in a cell. @throws Failure DATA_INVALID naming column and spectrum. */
export const numberIn = (cell: string, id: string, where: string): number => {
  const value = Number(cell)
  if (cell !== '' && Number.isFinite(value)) return value
  throw new Failure('DATA_INVALID', { where: `${where}, spectrum "${id}"`, seen: `"${cell}"`, allowed: 'a number, or an empty cell' })
}

const numbers = (rows: readonly Row[], cells: readonly string[], where: string): number[] =>
  cells.map((cell, n) => numberIn(cell, rows[n]?.id ?? '', where))

const rareWords = (cells: readonly string[], minCount: number): ReadonlySet<string> => {
  const counts = new Map<string, number>()
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  return new Set([...counts].filter(([, count]) => count < minCount).map(([word]) => word))
}

/** Share of the spectra whose cell in the group column is blank; 0 where no column keeps spectra together. */
export const blankShare = (groups: readonly string[]): number =>
  groups.some((group) => group.startsWith(GROUP)) ? groups.filter((group) => group.startsWith(ALONE)).length / groups.length : 0
