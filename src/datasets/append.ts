import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Failure } from '../failures.js'
import { type Axis, axisUnits } from '../spectrum/axis.js'
import { MAX_PACKED_BYTES, MAX_TABLE_BYTES, tableText } from './bounded-file.js'
import { attempt, replaceBy, writeThrough } from './durable-file.js'
import { META_FILE, PACKED_TABLE, PENDING_META, PLAIN_TABLE, readDataset } from './folder.js'
import type { Meaning } from './meaning.js'
import { axisKinds, axisWords, type DatasetMeta } from './meta.js'
import { MAX_ROWS } from './table.js'

/** Significant digits of a recorded value: more than any detector resolves. */
const DIGITS = 9

/** Axis values of the folder and of the instrument count as the same if they differ by less, relative to their size. */
const SAME_AXIS = 1e-6

/** What all rows of a folder have in common. */
export interface Measured {
  readonly axis: Axis
  readonly quantityKind: Meaning['quantityKind']
  readonly geometry: Meaning['geometry']
  /** Who measured, for people. */
  readonly device: string
}

export interface NewRow {
  readonly id: string
  /** Columns that the folder does not have must be empty here. */
  readonly labels: Readonly<Record<string, string>>
  /** NaN is a missing value. */
  readonly values: ArrayLike<number>
}

/** A data set folder that takes one row after the other. */
export interface Recording {
  /** Label columns; of a new folder the ones that it was opened with. */
  readonly columns: readonly string[]
  readonly rows: number
  /** Whether a row has this id already. */
  has(id: string): boolean
  /** The row is on the disk when it returns. @throws Failure DATA_INVALID (another axis or quantity, a bad label, a full set) or FILE_FAILED. */
  add(row: NewRow, measured: Measured): void
}

/**
 * Opens a data set folder for more rows, or names one that the first row will make.
 *
 * A row is added by writing table and `meta.json` beside the old ones, through to the disk, and renaming the table first: whatever is cut off
 * between the two renames, `readDataset` finds a table and a description that fit (PENDING_META).
 * @param columns label columns of a new folder; one that is there keeps its own
 * @throws Failure DATA_INVALID if what is there cannot be read, or is no data set folder.
 */
export const openRecording = (directory: string, columns: readonly string[]): Recording => {
  const known = [META_FILE, PENDING_META, PACKED_TABLE, PLAIN_TABLE].some((name) => existsSync(join(directory, name)))
  const found = known ? readDataset(directory) : null
  const file = join(directory, existsSync(join(directory, PLAIN_TABLE)) ? PLAIN_TABLE : PACKED_TABLE)
  const ids = new Set(found?.rows.map(({ id }) => id))
  let bytes = found === null ? Buffer.alloc(0) : attempt(file, () => readFileSync(file))
  const text = found === null ? '' : tableText(file, bytes)
  let meta: DatasetMeta | null = found?.meta ?? null
  let axis = found?.axis ?? null
  let unpacked = Buffer.byteLength(text)
  // A table that was made by hand may end without a line end.
  let gap = text === '' || text.endsWith('\n') ? '' : '\n'
  let mark = stateOf(file)
  return {
    columns: found?.meta.label_columns ?? columns,
    get rows() {
      return ids.size
    },
    has: (id) => ids.has(id),
    add(row, measured) {
      const own = meta ?? newMeta(directory, columns, measured)
      if (axis !== null) checkSame(directory, own, axis, measured)
      if (ids.has(row.id) || row.id === '') throw refused(directory, `id "${row.id}"`, 'an id of its own for each spectrum')
      if (ids.size >= MAX_ROWS) throw refused(directory, `${ids.size} rows`, `at most ${MAX_ROWS}: begin another folder`)
      if (row.values.length !== own.channels) throw refused(directory, `${row.values.length} values`, `${own.channels}, as the set has`)
      const head = axis === null ? `${['id', ...own.label_columns, ...measured.axis.values].join(',')}\n` : ''
      const more = Buffer.from(`${gap}${head}${lineOf(directory, row, own.label_columns)}\n`)
      // A gzip file may have several members, so what is there is never packed again.
      const whole = Buffer.concat([bytes, file.endsWith('.gz') ? gzipSync(more) : more])
      if (whole.length > MAX_PACKED_BYTES || unpacked + more.length > MAX_TABLE_BYTES)
        throw refused(file, `${whole.length} bytes`, `at most ${MAX_PACKED_BYTES}: begin another folder`)
      if (stateOf(file) !== mark) throw refused(file, 'a table that another program has changed meanwhile', 'one program at a time', 'record again')
      const next = { ...own, rows: ids.size + 1, ...counted(own, row) }
      attempt(directory, () => mkdirSync(directory, { recursive: true }))
      writeThrough(`${file}.new`, whole)
      writeThrough(join(directory, PENDING_META), Buffer.from(`${JSON.stringify(next, null, 2)}\n`))
      replaceBy(`${file}.new`, file)
      replaceBy(join(directory, PENDING_META), join(directory, META_FILE))
      ids.add(row.id)
      meta = next
      axis = measured.axis
      unpacked += more.length
      gap = ''
      bytes = whole
      mark = stateOf(file)
    },
  }
}

/** Tells one state of a file from the next; null where there is none. */
const stateOf = (file: string): string | null => {
  const found = attempt(file, () => statSync(file, { throwIfNoEntry: false }))
  return found === undefined ? null : `${found.ino} ${found.size} ${found.mtimeMs}`
}

const refused = (where: string, seen: string, allowed: string, cure?: string): Failure =>
  new Failure('DATA_INVALID', { where, seen, allowed, ...(cure === undefined ? {} : { cure }) })

const newMeta = (directory: string, columns: readonly string[], { axis, quantityKind, geometry, device }: Measured): DatasetMeta => {
  const word = axisWords.find((candidate) => axisKinds[candidate] === axis.kind)
  if (word === undefined)
    throw refused(directory, 'an instrument without wavelength calibration', axisWords.join(', '), 'give its axis in the configuration: axis: FILE')
  const name = basename(resolve(directory))
  return {
    ...{ name, title: `recorded with ${device}`, citation: '', licence: '', source: {}, device, axis_unit: axisUnits[axis.kind] },
    ...{ axis_kind: word, quantity_kind: quantityKind, geometry, rows: 0, channels: axis.values.length },
    ...{ axis_min: axis.values[0], axis_max: axis.values.at(-1), label_columns: [...columns], missing_values: 0 },
  }
}

const checkSame = (directory: string, meta: DatasetMeta, axis: Axis, measured: Measured): void => {
  const same =
    axis.kind === measured.axis.kind &&
    axis.values.length === measured.axis.values.length &&
    axis.values.every((value, i) => Math.abs(value - (measured.axis.values[i] ?? Number.NaN)) <= SAME_AXIS * Math.max(1, Math.abs(value)))
  const ends = ({ kind, values }: Axis) => `${values.length} channels, ${values[0]} to ${values.at(-1)} ${axisUnits[kind]}`
  if (!same) throw refused(directory, `another axis: ${ends(measured.axis)}`, `${ends(axis)}, as the set has`, 'begin another folder')
  if (meta.quantity_kind !== measured.quantityKind || meta.geometry !== measured.geometry)
    throw refused(
      directory,
      `${measured.quantityKind}, geometry ${measured.geometry}`,
      `${meta.quantity_kind}, geometry ${meta.geometry}, as the set has`,
      'begin another folder',
    )
}

const lineOf = (directory: string, { id, labels, values }: NewRow, columns: readonly string[]): string => {
  for (const [column, text] of [['id', id] as const, ...Object.entries(labels)]) {
    if (text !== '' && column !== 'id' && !columns.includes(column))
      throw refused(
        directory,
        `no column "${column}"`,
        columns.join(', '),
        'begin another folder, or add the column to the table and to label_columns',
      )
    if (/[",\r\n]/.test(text)) throw refused(directory, `${column} ${JSON.stringify(text)}`, 'text without commas, quotation marks and line breaks')
  }
  const cells = Array.from(values, (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(DIGITS))) : ''))
  return [id, ...columns.map((column) => labels[column] ?? ''), ...cells].join(',')
}

/** Keys for people that would be wrong with one row more. */
const counted = (meta: DatasetMeta, { labels, values }: NewRow): Readonly<Record<string, unknown>> => {
  const missing = Array.from(values).filter((value) => !Number.isFinite(value)).length
  const { missing_values: before, classes } = meta
  const label = labels['label'] ?? ''
  return {
    ...(typeof before === 'number' ? { missing_values: before + missing } : {}),
    ...(typeof classes === 'object' && classes !== null && label !== ''
      ? { classes: { ...classes, [label]: Number(Reflect.get(classes, label) ?? 0) + 1 } }
      : {}),
  }
}
