import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Failure } from '../failures.js'
import { type Axis, makeAxis } from '../spectrum/axis.js'
import { axisKinds, type DatasetMeta, metaSchema } from './meta.js'
import { parseTable } from './table.js'

/** One spectrum of a set. `values` has the length of the axis; NaN is a missing value. A label is '' where it is unknown. */
export interface Row {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly values: Float64Array
}

/** A data set folder in memory. `sha256` is that of the compressed table, so that a model can name what it was made from. */
export interface Dataset {
  readonly name: string
  readonly meta: DatasetMeta
  readonly axis: Axis
  readonly rows: readonly Row[]
  readonly sha256: string
}

/** Bytes of `meta.json`, of the table as it lies on disk, and of the table unpacked. */
export const MAX_META_BYTES = 1 << 20
export const MAX_PACKED_BYTES = 64 << 20
export const MAX_TABLE_BYTES = 256 << 20

/**
 * Reads `meta.json` and `spectra.csv.gz` of a data set folder: header `id,<label columns>,<axis values>`, one row a spectrum.
 * @throws Failure DATA_INVALID naming file, line and column, what was seen and what is allowed.
 */
export const readDataset = (directory: string): Dataset => {
  const meta = readMeta(join(directory, 'meta.json'))
  const file = join(directory, 'spectra.csv.gz')
  const packed = readBounded(file, MAX_PACKED_BYTES)
  const { axisValues, rows } = parseTable(unpack(file, packed), meta.label_columns, file)
  expectCount(file, 'axis columns', axisValues.length, 'channels', meta.channels)
  expectCount(file, 'spectra', rows.length, 'rows', meta.rows)
  return {
    name: meta.name,
    meta,
    axis: makeAxis(axisKinds[meta.axis_kind], axisValues, file),
    rows,
    sha256: createHash('sha256').update(packed).digest('hex'),
  }
}

const readMeta = (file: string): DatasetMeta => {
  const text = readBounded(file, MAX_META_BYTES).toString('utf8')
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (cause) {
    throw new Failure('DATA_INVALID', { where: file, seen: 'text that is not JSON', allowed: 'one JSON object', cause })
  }
  const parsed = metaSchema.safeParse(raw)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Failure('DATA_INVALID', {
    where: `${file}, key "${issue?.path.join('.') ?? ''}"`,
    seen: quoted(
      issue?.path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), raw),
    ),
    allowed: issue?.code === 'invalid_value' ? issue.values.join(', ') : `as docs/data-folders.md says (${issue?.message ?? 'one JSON object'})`,
  })
}

/** A value as a message shows it. */
const quoted = (value: unknown): string => (value === undefined ? 'no such key' : JSON.stringify(value).slice(0, 80))

const readBounded = (file: string, limitBytes: number): Buffer => {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined)
    throw new Failure('DATA_INVALID', { where: file, seen: 'no such file', allowed: 'a data set folder holds meta.json and spectra.csv.gz' })
  if (size > limitBytes) throw new Failure('DATA_INVALID', { where: file, seen: `${size} bytes`, allowed: `at most ${limitBytes} bytes` })
  return readFileSync(file)
}

const unpack = (file: string, packed: Buffer): string => {
  if (packed[0] !== 0x1f || packed[1] !== 0x8b)
    throw new Failure('DATA_INVALID', {
      where: file,
      seen: `${packed.length} bytes that are not gzip`,
      allowed: 'a gzip file',
      cure: 'gzip spectra.csv',
    })
  try {
    return gunzipSync(packed, { maxOutputLength: MAX_TABLE_BYTES }).toString('utf8')
  } catch (cause) {
    throw new Failure('DATA_INVALID', {
      where: file,
      seen: cause instanceof Error ? cause.message : 'a damaged gzip file',
      allowed: `a whole gzip file of at most ${MAX_TABLE_BYTES} bytes unpacked`,
      cause,
    })
  }
}

// A table that was cut off on a line break is still well-formed; only the counts in meta.json tell.
const expectCount = (file: string, what: string, seen: number, key: string, wanted: number) => {
  if (seen !== wanted)
    throw new Failure('DATA_INVALID', { where: file, seen: `${seen} ${what}`, allowed: `${wanted}, as "${key}" in meta.json says` })
}
