import { Failure } from '../failures.js'

/** Spectra of one table, and the columns of one table. */
export const MAX_ROWS = 1_000_000
export const MAX_COLUMNS = 20_000

export interface Table {
  readonly axisValues: readonly number[]
  readonly rows: { id: string; labels: Record<string, string>; values: Float64Array }[]
}

/** A decimal number and nothing else: `Number` would also take '', ' ', '0x10' and 'Infinity'. */
export const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/**
 * The text of a table: header `id,<labels in order>,<axis values, strictly ascending>`, then a row for each spectrum with as many
 * cells. An empty cell among the axis columns is NaN. Cells are plain: no quotation marks, no commas inside.
 * @throws Failure DATA_INVALID with the line (the header is line 1) and the column's name.
 */
export const parseTable = (text: string, labelColumns: readonly string[], file: string): Table => {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (lines.length > MAX_ROWS + 1)
    throw new Failure('DATA_INVALID', { where: file, seen: `${lines.length - 1} rows`, allowed: `at most ${MAX_ROWS} rows` })
  const header = cells(lines[0] ?? '', 1, file)
  const axisValues = readHeader(header, labelColumns, file)
  const ownId = idCheck(file)
  const rows = lines.slice(1).map((line, i) => {
    const number = i + 2
    const row = cells(line, number, file)
    if (row.length !== header.length)
      throw new Failure('DATA_INVALID', {
        where: `${file}, line ${number}`,
        seen: `${row.length} cells`,
        allowed: `${header.length}, as in the header`,
      })
    const id = ownId(row[0] ?? '', number)
    const labels = Object.fromEntries(labelColumns.map((name, k) => [name, row[k + 1] ?? '']))
    const values = Float64Array.from({ length: axisValues.length }, (_, k) => {
      const column = 1 + labelColumns.length + k
      return cellValue(row[column] ?? '', file, number, header[column] ?? '')
    })
    return { id, labels, values }
  })
  if (rows.length === 0) throw new Failure('DATA_INVALID', { where: file, seen: 'no spectra below the header', allowed: 'at least one' })
  return { axisValues, rows }
}

/** Takes the id of each row in turn and gives it back. @throws Failure DATA_INVALID if it is empty, or was there before. */
export const idCheck = (file: string): ((id: string, line: number) => string) => {
  const seen = new Map<string, number>()
  return (id, line) => {
    const before = seen.get(id)
    if (id === '' || before !== undefined)
      throw new Failure('DATA_INVALID', {
        where: `${file}, line ${line}, column "id"`,
        seen: id === '' ? 'an empty id' : `"${id}" as in line ${before}`,
        allowed: 'an id of its own for each spectrum',
      })
    seen.set(id, line)
    return id
  }
}

const cells = (line: string, number: number, file: string): string[] => {
  if (line.includes('"'))
    throw new Failure('DATA_INVALID', { where: `${file}, line ${number}`, seen: 'a quotation mark', allowed: 'plain cells separated by commas' })
  return (line.endsWith('\r') ? line.slice(0, -1) : line).split(',')
}

const readHeader = (header: readonly string[], labelColumns: readonly string[], file: string): number[] => {
  const wanted = ['id', ...labelColumns]
  wanted.forEach((name, i) => {
    if (header[i] !== name)
      throw new Failure('DATA_INVALID', {
        where: `${file}, line 1, column ${i + 1}`,
        seen: `"${header[i] ?? ''}"`,
        allowed: `"${name}": the table begins with ${wanted.join(',')}`,
        cure: `add the column "${name}", or correct label_columns in meta.json`,
      })
  })
  if (header.length > MAX_COLUMNS)
    throw new Failure('DATA_INVALID', { where: `${file}, line 1`, seen: `${header.length} columns`, allowed: `at most ${MAX_COLUMNS}` })
  return header.slice(wanted.length).reduce<number[]>((axis, name, i) => {
    const where = `${file}, line 1, column ${wanted.length + i + 1}`
    if (!DECIMAL.test(name)) throw new Failure('DATA_INVALID', { where, seen: `"${name}"`, allowed: 'a number: the axis value of the column' })
    const before = axis.at(-1)
    if (before !== undefined && Number(name) <= before)
      throw new Failure('DATA_INVALID', { where, seen: `axis value ${name} after ${before}`, allowed: 'strictly ascending axis values' })
    axis.push(Number(name))
    return axis
  }, [])
}

/** A cell among the axis columns; '' is NaN. @throws Failure DATA_INVALID with line and column. */
export const cellValue = (cell: string, file: string, line: number, column: string): number => {
  if (cell === '') return Number.NaN
  const value = DECIMAL.test(cell) ? Number(cell) : Number.NaN
  if (!Number.isFinite(value))
    throw new Failure('DATA_INVALID', {
      where: `${file}, line ${line}, column "${column}"`,
      seen: `"${cell}"`,
      allowed: 'a finite number, or an empty cell for a missing value',
    })
  return value
}
