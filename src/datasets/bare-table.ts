import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { Failure } from '../failures.js'
import { makeAxis } from '../spectrum/axis.js'
import { readBareHeader } from './bare-header.js'
import { MAX_PACKED_BYTES, MAX_TABLE_BYTES, readBounded, tableText } from './bounded-file.js'
import { plainNumbers } from './decimal-mark.js'
import { type CellRow, cellRows, separatorOf } from './delimited.js'
import type { Dataset, Row } from './folder.js'
import { type MeaningOptions, meaningOf } from './meaning.js'
import { axisKinds, axisWords, geometries, quantityKinds } from './meta.js'
import { readMeta } from './meta-file.js'
import { cellValue, DECIMAL, idCheck, MAX_ROWS } from './table.js'

/** Ends of the files that are read as tables. */
export const tableEnds = ['.csv', '.csv.gz', '.tsv', '.txt'] as const

/** `NAME.meta.json` beside `NAME.csv`: what the table cannot say. Every key may be left out; others are for people. */
const besideSchema = z.looseObject({
  name: z.string().min(1).optional(),
  title: z.string().default(''),
  citation: z.string().default(''),
  licence: z.string().default(''),
  source: z.record(z.string(), z.unknown()).default({}),
  axis_kind: z.enum(axisWords).optional(),
  quantity_kind: z.enum(quantityKinds).optional(),
  geometry: z.enum(geometries).optional(),
})

/**
 * A single table of spectra, `NAME.csv`, `.csv.gz`, `.tsv` or `.txt`, as spreadsheets write it: header `id,<labels>,<axis values>`, separated by
 * commas, semicolons or tabs, cells quoted or not. What its numbers mean is said by the caller or by `NAME.meta.json`.
 * @throws Failure DATA_INVALID naming file, line and column, or the flag that is missing.
 */
export const readBareTable = (file: string, said: MeaningOptions): Dataset => {
  const name = basename(file).replace(/\.(csv|csv\.gz|tsv|txt)$/i, '')
  const beside = join(dirname(file), `${name}.meta.json`)
  const known = existsSync(beside) ? readMeta(beside, besideSchema) : besideSchema.parse({})
  const bytes = readBounded(file, file.endsWith('.gz') ? MAX_PACKED_BYTES : MAX_TABLE_BYTES, 'a table of spectra')
  const meaning = meaningOf(file, said, { axisKind: known.axis_kind, quantityKind: known.quantity_kind, geometry: known.geometry })
  const { axisValues, labelColumns, rows } = parseBareTable(tableText(file, bytes), file)
  return {
    name: known.name ?? name,
    meta: {
      ...known,
      name: known.name ?? name,
      axis_kind: meaning.axisKind,
      quantity_kind: meaning.quantityKind,
      geometry: meaning.geometry,
      rows: rows.length,
      channels: axisValues.length,
      label_columns: [...labelColumns],
    },
    axis: makeAxis(axisKinds[meaning.axisKind], axisValues, file),
    rows,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

/** The spectra of a table's text. @throws Failure DATA_INVALID with line and column. */
export const parseBareTable = (
  text: string,
  file: string,
): { readonly axisValues: readonly number[]; readonly labelColumns: readonly string[]; readonly rows: readonly Row[] } => {
  const separator = separatorOf(text)
  const records: CellRow[] = []
  for (const record of cellRows(text, separator, file)) {
    if (records.length > MAX_ROWS) throw new Failure('DATA_INVALID', { where: file, seen: 'more rows', allowed: `at most ${MAX_ROWS} rows` })
    records.push(record)
  }
  const [first, ...others] = records
  if (first === undefined || others.length === 0)
    throw new Failure('DATA_INVALID', { where: file, seen: 'no spectra below the header', allowed: 'a header and at least one spectrum' })
  const plain = plainNumbers(records, separator, file)
  const header = readBareHeader(
    first,
    plain,
    file,
    others.every(({ cells }) => DECIMAL.test(plain(cells[0] ?? ''))),
  )
  const ownId = idCheck(file)
  const rows = others.map(({ line, cells }) => {
    if (cells.length !== header.columns)
      throw new Failure('DATA_INVALID', {
        where: `${file}, line ${line}`,
        seen: `${cells.length} cells separated by "${separator === '\t' ? 'tab' : separator}"`,
        allowed: `${header.columns}, as in the header`,
      })
    return {
      id: ownId(cells[header.idColumn] ?? '', line),
      labels: Object.fromEntries(header.labels.map(({ name, column }) => [name, plain(cells[column] ?? '')])),
      values: Float64Array.from(header.axisColumns, (column, i) => cellValue(plain(cells[column] ?? ''), file, line, header.axisNames[i] ?? '')),
    }
  })
  return { axisValues: header.axisValues, labelColumns: header.labels.map(({ name }) => name), rows }
}
