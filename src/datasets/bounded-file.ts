import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Failure } from '../failures.js'

/** Bytes of a `meta.json`, of a file as it lies on disk, and of a table unpacked. */
export const MAX_META_BYTES = 1 << 20
export const MAX_PACKED_BYTES = 64 << 20
export const MAX_TABLE_BYTES = 256 << 20

/** What a path names; null: nothing. @throws Failure DATA_INVALID if the system does not tell. */
export const pathKind = (path: string): 'file' | 'folder' | null => {
  const found = statOf(path)
  if (found === undefined) return null
  return found.isDirectory() ? 'folder' : 'file'
}

const statOf = (path: string) => {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (cause) {
    throw new Failure('DATA_INVALID', { where: path, seen: reasonOf(cause), allowed: 'a path that can be reached', cause })
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** The bytes of a file. @throws Failure DATA_INVALID if there is none, or a larger one than `limitBytes`. */
export const readBounded = (file: string, limitBytes: number, allowed = 'a data set folder holds meta.json and spectra.csv.gz'): Buffer => {
  const found = statOf(file)
  if (found === undefined) throw new Failure('DATA_INVALID', { where: file, seen: 'no such file', allowed })
  if (!found.isFile()) throw new Failure('DATA_INVALID', { where: file, seen: 'something that is not a file', allowed })
  if (found.size > limitBytes) throw new Failure('DATA_INVALID', { where: file, seen: `${found.size} bytes`, allowed: `at most ${limitBytes} bytes` })
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new Failure('DATA_INVALID', {
      where: file,
      seen: reasonOf(cause),
      allowed: 'a file that can be read',
      cause,
    })
  }
}

/** Bytes of a gzip file (several members are one text). @throws Failure DATA_INVALID if it is damaged, or larger than MAX_TABLE_BYTES. */
const unpack = (file: string, packed: Buffer): Buffer => {
  if (packed[0] !== 0x1f || packed[1] !== 0x8b)
    throw new Failure('DATA_INVALID', {
      where: file,
      seen: `${packed.length} bytes that are not gzip`,
      allowed: 'a gzip file',
      cure: 'gzip spectra.csv',
    })
  try {
    return gunzipSync(packed, { maxOutputLength: MAX_TABLE_BYTES })
  } catch (cause) {
    throw new Failure('DATA_INVALID', {
      where: file,
      seen: cause instanceof Error ? cause.message : 'a damaged gzip file',
      allowed: `a whole gzip file of at most ${MAX_TABLE_BYTES} bytes unpacked`,
      cause,
    })
  }
}

/** Text of a table, `.gz` unpacked. @throws Failure DATA_INVALID if it cannot be unpacked, or is not UTF-8. */
export const tableText = (file: string, bytes: Buffer): string => utf8Text(file, file.endsWith('.gz') ? unpack(file, bytes) : bytes)

/**
 * Bytes as text. Other encodings are refused, not guessed: read as UTF-8 their letters all become one and the same sign, and with them two labels one.
 * @throws Failure DATA_INVALID naming the first line that is not UTF-8.
 */
export const utf8Text = (file: string, bytes: Buffer): string => {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let [line, start] = [1, 0]
  for (let end = bytes.indexOf(LINE_END); end >= 0 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf(LINE_END, start)) {
    line += 1
    start = end + 1
  }
  throw new Failure('DATA_INVALID', {
    where: `${file}, line ${line}`,
    seen: 'letters that are not in UTF-8',
    allowed: 'text in UTF-8',
    cure: 'save it again as "CSV UTF-8", or convert it: iconv -f WINDOWS-1252 -t UTF-8',
  })
}

const LINE_END = 0x0a
