import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../failures.js'
import { type Axis, makeAxis } from '../spectrum/axis.js'
import { MAX_PACKED_BYTES, MAX_TABLE_BYTES, readBounded, tableText } from './bounded-file.js'
import { axisKinds, type DatasetMeta, metaSchema } from './meta.js'
import { readMeta } from './meta-file.js'
import { parseTable } from './table.js'

/** One spectrum of a set. `values` has the length of the axis; NaN is a missing value. A label is '' where it is unknown. */
export interface Row {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly values: Float64Array
}

/** A data set in memory. `sha256` is that of the table as it lies on disk (compressed), so that a model can name what it was made from. */
export interface Dataset {
  readonly name: string
  readonly meta: DatasetMeta
  readonly axis: Axis
  readonly rows: readonly Row[]
  readonly sha256: string
}

/** Files of a data set folder. The last is a `meta.json` that waits to take its place (append.ts). */
export const META_FILE = 'meta.json'
export const PACKED_TABLE = 'spectra.csv.gz'
export const PLAIN_TABLE = 'spectra.csv'
export const PENDING_META = 'meta.json.new'

/**
 * Reads `meta.json` and `spectra.csv.gz` (or `spectra.csv`) of a data set folder: header `id,<label columns>,<axis values>`, one row a spectrum.
 * @throws Failure DATA_INVALID naming file, line and column, what was seen and what is allowed.
 */
export const readDataset = (directory: string): Dataset => {
  const named = namedMeta(directory)
  const file = tableOf(directory)
  const bytes = readBounded(file, file.endsWith('.gz') ? MAX_PACKED_BYTES : MAX_TABLE_BYTES)
  const { axisValues, rows } = parseTable(tableText(file, bytes), named.label_columns, file)
  const meta = rows.length === named.rows ? named : (pendingMeta(directory, rows.length) ?? named)
  expectCount(file, 'axis columns', axisValues.length, 'channels', meta.channels)
  expectCount(file, 'spectra', rows.length, 'rows', meta.rows)
  return {
    name: meta.name,
    meta,
    axis: makeAxis(axisKinds[meta.axis_kind], axisValues, file),
    rows,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

/** The table of a folder. @throws Failure DATA_INVALID if there are two: which one counts, nobody can know. */
const tableOf = (directory: string): string => {
  const packed = join(directory, PACKED_TABLE)
  const plain = join(directory, PLAIN_TABLE)
  if (!existsSync(plain)) return packed
  if (!existsSync(packed)) return plain
  throw new Failure('DATA_INVALID', {
    where: directory,
    seen: `${PACKED_TABLE} and ${PLAIN_TABLE}`,
    allowed: 'one of them',
    cure: 'move the one that does not count out of the folder',
  })
}

// On the very first row the table comes first too: the meta.json of a cut there still waits.
const namedMeta = (directory: string): DatasetMeta => {
  const [file, pending] = [join(directory, META_FILE), join(directory, PENDING_META)]
  return readMeta(existsSync(file) || !existsSync(pending) ? file : pending, metaSchema)
}

/** What a `record` that was cut off between two renames had yet to put in place: it counts if it fits the table (append.ts). */
const pendingMeta = (directory: string, rows: number): DatasetMeta | null => {
  const file = join(directory, PENDING_META)
  if (!existsSync(file)) return null
  try {
    const meta = readMeta(file, metaSchema)
    return meta.rows === rows ? meta : null
  } catch {
    // Half written: the cut came earlier, and meta.json is the one that counts.
    return null
  }
}

// A table that was cut off on a line break is still well-formed; only the counts in meta.json tell.
const expectCount = (file: string, what: string, seen: number, key: string, wanted: number) => {
  if (seen !== wanted)
    throw new Failure('DATA_INVALID', { where: file, seen: `${seen} ${what}`, allowed: `${wanted}, as "${key}" in meta.json says` })
}
