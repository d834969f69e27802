import { Failure } from '../failures.js'
import type { CellRow, Separator } from './delimited.js'
import { DECIMAL } from './table.js'

/** A number with a decimal comma, as a European spreadsheet writes it. */
const COMMA = /^[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?$/

/** Reads a cell of one table: a number gets a decimal point, everything else stays as it is. */
export type Plain = (cell: string) => string

/**
 * How numbers are written in a table: with a decimal comma only where cells are separated otherwise and no number among the axis columns has a
 * point. All records are looked at: a table that has both would be read wrongly by half.
 * @throws Failure DATA_INVALID naming line and column of the first number with the other mark.
 */
export const plainNumbers = (rows: readonly CellRow[], separator: Separator, file: string): Plain => {
  if (separator === ',') return asWritten
  const axis = (rows[0]?.cells ?? []).map((cell) => DECIMAL.test(cell) || COMMA.test(cell))
  let first: { mark: '.' | ','; place: string } | null = null
  for (const { line, cells } of rows)
    for (const [column, cell] of cells.entries()) {
      const mark = axis[column] === true ? markOf(cell) : null
      if (mark === null) continue
      const place = `line ${line}, column ${column + 1}`
      first ??= { mark, place }
      if (mark !== first.mark)
        throw new Failure('DATA_INVALID', {
          where: `${file}, ${place}`,
          seen: `"${cell}", and a number with "${first.mark}" in ${first.place}`,
          allowed: 'one decimal mark in the whole table, and none for thousands',
        })
    }
  return first?.mark === '.' ? asWritten : (cell) => (COMMA.test(cell) ? cell.replace(',', '.') : cell)
}

const asWritten: Plain = (cell) => cell

const markOf = (cell: string): '.' | ',' | null => {
  if (COMMA.test(cell)) return ','
  return DECIMAL.test(cell) && cell.includes('.') ? '.' : null
}
