import { Failure } from '../failures.js'
import type { Plain } from './decimal-mark.js'
import type { CellRow } from './delimited.js'
import { DECIMAL, MAX_COLUMNS } from './table.js'

/** Columns of a bare table: where its id stands, its labels in their order, and its axis values, ascending. */
export interface BareHeader {
  readonly columns: number
  readonly idColumn: number
  readonly labels: readonly { readonly name: string; readonly column: number }[]
  readonly axisValues: readonly number[]
  /** Column of each axis value, in the order of `axisValues`. */
  readonly axisColumns: readonly number[]
  /** As each axis column is headed, for messages. */
  readonly axisNames: readonly string[]
}

/**
 * Header of a table that nothing describes: the cells that are numbers are the axis, the others the id and the labels before it. A
 * descending axis is turned round.
 * @param numbersFirst whether the first cell of every other line is a number, as where spectra stand in columns
 * @throws Failure DATA_INVALID with the column: no id, no axis, a name twice or none, a label among the axis, an axis in disorder.
 */
export const readBareHeader = ({ cells, line }: CellRow, plain: Plain, file: string, numbersFirst: boolean): BareHeader => {
  const fail = (column: number, seen: string, allowed: string, cure?: string): never => {
    throw new Failure('DATA_INVALID', {
      where: `${file}, line ${line}, column ${column + 1}`,
      seen,
      allowed,
      ...(cure === undefined ? {} : { cure }),
    })
  }
  if (cells.length > MAX_COLUMNS)
    throw new Failure('DATA_INVALID', { where: `${file}, line ${line}`, seen: `${cells.length} columns`, allowed: `at most ${MAX_COLUMNS}` })
  const names = cells.map(plain)
  const numeric = names.map((name) => DECIMAL.test(name))
  const first = numeric.indexOf(true)
  const idColumn = names.findIndex((name) => name.toLowerCase() === 'id')
  if (idColumn < 0)
    throw new Failure('DATA_INVALID', {
      where: `${file}, line ${line}`,
      seen: `no column "id" among ${quotedList(names.filter((_, i) => !numeric[i]))}`,
      allowed: 'id, the label columns, then the axis values',
      cure:
        numbersFirst && first < 0
          ? 'the spectra seem to stand in columns: turn the table, so that each has a line'
          : 'name the column that tells the spectra apart "id", or add one',
    })
  if (first < 0)
    throw new Failure('DATA_INVALID', {
      where: `${file}, line ${line}`,
      seen: `no number among ${quotedList(names)}`,
      allowed: 'axis values as bare numbers, without a unit or a letter',
      cure: 'take units and letters out of the header',
    })
  const known = new Set<string>()
  const labels = names.flatMap((name, column) => {
    if (numeric[column] === true) return []
    if (name === '') return fail(column, 'a column without a name', 'id, a label or an axis value')
    if (column > first)
      return fail(column, `"${name}" behind an axis value`, 'labels stand before the axis', 'move the column, or correct the number')
    if (known.has(name)) return fail(column, `"${name}" a second time`, 'a name of its own for each column')
    known.add(name)
    return column === idColumn ? [] : [{ name, column }]
  })
  const axis = names.flatMap((name, column) => (numeric[column] === true ? [{ value: Number(name), column }] : []))
  const turned = (axis[1]?.value ?? 0) < (axis[0]?.value ?? 0)
  axis.forEach(({ value, column }, i) => {
    const before = axis[i - 1]?.value
    if (before !== undefined && (turned ? value >= before : value <= before))
      fail(column, `axis value ${value} after ${before}`, 'axis values that all ascend, or all descend', 'sort the columns')
  })
  const ordered = turned ? axis.toReversed() : axis
  return {
    columns: cells.length,
    idColumn,
    labels,
    axisValues: ordered.map(({ value }) => value),
    axisColumns: ordered.map(({ column }) => column),
    axisNames: ordered.map(({ column }) => names[column] ?? ''),
  }
}

/** Names that a message quotes at most. */
const MAX_NAMES = 8

const quotedList = (names: readonly string[]): string =>
  names.length === 0
    ? 'no words at all'
    : `${names
        .slice(0, MAX_NAMES)
        .map((name) => `"${name.slice(0, 40)}"`)
        .join(', ')}${names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''}`
