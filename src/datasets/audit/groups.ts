import { Failure } from '../../failures.js'
import type { Dataset, Row } from '../folder.js'
import { type Finding, finding, listed } from './finding.js'
import { asSpelt, columnOf, isUnknown, spellings } from './labels.js'

/**
 * Checks that classes can be judged on objects that were not learnt from.
 * @param minCount classes with fewer rows are left out of the training and not looked at
 * @throws Failure DATA_INVALID: no such column; a group that says the same as the label; a class with one object.
 */
export const auditGroups = (dataset: Dataset, column: string, groupColumn: string | null, minCount: number): readonly Finding[] => {
  const label = columnOf(dataset, column)
  const group = groupColumn === null ? () => '' : columnOf(dataset, groupColumn)
  const classes = new Map<string, Row[]>()
  for (const row of dataset.rows) {
    const word = label(row)
    if (word.trim() === '' || isUnknown(word)) continue
    const rows = classes.get(word)
    if (rows === undefined) classes.set(word, [row])
    else rows.push(row)
  }
  const judged = [...classes].filter(([, rows]) => rows.length >= minCount)
  // A blank group cell is a group of its own: so is every row where there is no group column.
  const objectsOf = (rows: readonly Row[]): number => {
    const named = rows.map(group).filter((word) => word.trim() !== '')
    return new Set(named).size + rows.length - named.length
  }
  if (groupColumn !== null) refuseSame(dataset, column, groupColumn, judged, group)
  const single = judged.filter(([, rows]) => objectsOf(rows) < 2)
  if (judged.length > 1 && single.length > 0) {
    const most = Math.max(...single.map(([, rows]) => rows.length))
    throw new Failure('DATA_INVALID', {
      where: `${dataset.name}, column "${column}"`,
      seen: `classes with one object: ${listed(single.map(([word, rows]) => `"${word}" (${rows.length} ${rows.length === 1 ? 'spectrum' : 'spectra'})`))}`,
      allowed: 'two objects or more in each class: one to learn from, one to judge by',
      cure: `measure more objects of them, or leave them out: with --min-count ${most + 1} (every class with fewer spectra), or by emptying their cells`,
    })
  }
  return groupColumn === null ? [] : spelledGroups(dataset, groupColumn, group)
}

const refuseSame = (
  dataset: Dataset,
  column: string,
  groupColumn: string,
  classes: readonly (readonly [string, readonly Row[]])[],
  group: (row: Row) => string,
) => {
  const groups = classes.map(([, rows]) => new Set(rows.map((row) => (group(row).trim() === '' ? Symbol(row.id) : group(row)))))
  const all = new Set(groups.flatMap((own) => [...own]))
  if (classes.length > 1 && groups.every((own) => own.size === 1) && all.size === classes.length)
    throw new Failure('DATA_INVALID', {
      where: `${dataset.name}, columns "${column}" and "${groupColumn}"`,
      seen: `each group has one label and each label one group: ${listed(classes.map(([word, [row]]) => `"${word}" is ${row === undefined ? '' : `"${group(row)}"`}`))}`,
      allowed: 'several groups in each class: with one no split is possible',
      cure: 'name the column of the objects with --group, or leave it out if every spectrum is another object',
    })
}

const spelledGroups = (dataset: Dataset, groupColumn: string, group: (row: Row) => string): readonly Finding[] => {
  const twice = spellings(dataset.rows.map(group))
  if (twice.length === 0) return []
  const words = new Set(twice.flat().map(({ word }) => word))
  const ids = dataset.rows.filter((row) => words.has(group(row))).map(({ id }) => id)
  const text = `groups in "${groupColumn}" that differ only in case or blanks count as different objects: ${listed(twice.map(asSpelt), 5)}; write each one way`
  return [finding('group-spelling', text, ids)]
}
