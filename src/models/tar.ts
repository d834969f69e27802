import { Failure } from '../failures.js'

/**
 * The least of tar (POSIX.1-2017, pax, "ustar Interchange Format") that a bundle needs: plain files with short names, no compression.
 * What `writeTar` writes depends on names and contents alone: mode 0644, owner, group and date zero, nothing behind the two closing blocks.
 */
export interface TarEntry {
  readonly name: string
  readonly data: Uint8Array
}

const BLOCK_BYTES = 512
/** Entries that are read at most; a bundle has three. */
export const MAX_TAR_ENTRIES = 16
/** Bytes of a name: the field of the header has 100 and ours end in a zero. */
const MAX_NAME_BYTES = 99
/** Largest size that eleven octal digits hold. */
const MAX_ENTRY_BYTES = 8 ** 11 - 1

/** @throws Failure INVARIANT for a name or size that the header cannot hold: a mistake of the caller. */
export const writeTar = (entries: readonly TarEntry[]): Uint8Array => {
  const length = entries.reduce((sum, { data }) => sum + BLOCK_BYTES + padded(data.length), 2 * BLOCK_BYTES)
  const out = new Uint8Array(length)
  let at = 0
  for (const { name, data } of entries) {
    writeHeader(out.subarray(at, at + BLOCK_BYTES), name, data.length)
    out.set(data, at + BLOCK_BYTES)
    at += BLOCK_BYTES + padded(data.length)
  }
  return out
}

/**
 * The entries, as views into `bytes`, each name of `names` at most once. Dates, owners and padding are not looked at here:
 * a caller that wants one way of writing compares with `writeTar` of what was read.
 * @throws Failure BUNDLE_INVALID with the offset, for a truncated file, a wrong checksum, a kind of entry or a name that is not expected.
 */
export const readTar = (bytes: Uint8Array, names: readonly string[], where: string): readonly TarEntry[] => {
  const entries: TarEntry[] = []
  let at = 0
  for (;;) {
    const refuse = (seen: string, allowed: string) => new Failure('BUNDLE_INVALID', { where: `${where} at byte ${at}`, seen, allowed })
    const header = bytes.subarray(at, at + BLOCK_BYTES)
    if (header.length < BLOCK_BYTES)
      throw refuse(`the file ends after ${bytes.length} bytes`, 'a whole header or the closing blocks: the file is truncated')
    if (header.every((byte) => byte === 0)) return entries
    if (entries.length === MAX_TAR_ENTRIES) throw refuse('one more entry', `${MAX_TAR_ENTRIES} entries`)
    if (octal(header, 148, 8) !== checksum(header)) throw refuse('a header whose checksum is wrong', 'an undamaged tar archive')
    const name = text(header, 0, 100)
    if (!names.includes(name) || text(header, 345, 155) !== '') throw refuse(`an entry named ${JSON.stringify(name)}`, names.join(', '))
    if (entries.some((entry) => entry.name === name)) throw refuse(`${name} twice`, 'each entry once')
    const kind = String.fromCharCode(header[156] ?? 0)
    if (kind !== '0' && kind !== '\0') throw refuse(`${name} of kind ${JSON.stringify(kind)}`, 'plain files')
    const size = octal(header, 124, 12)
    if (size === null || at + BLOCK_BYTES + padded(size) > bytes.length)
      throw refuse(`${name} with ${size ?? 'unreadable'} bytes in a file of ${bytes.length}`, 'a size within the file: it is truncated or damaged')
    entries.push({ name, data: bytes.subarray(at + BLOCK_BYTES, at + BLOCK_BYTES + size) })
    at += BLOCK_BYTES + padded(size)
  }
}

const padded = (size: number): number => Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES

/** Fields by offset: name 0, mode 100, uid 108, gid 116, size 124, mtime 136, checksum 148, typeflag 156, magic 257, version 263. */
const writeHeader = (header: Uint8Array, name: string, size: number): void => {
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > MAX_NAME_BYTES || size > MAX_ENTRY_BYTES)
    throw new Failure('INVARIANT', { where: 'writeTar', seen: `${JSON.stringify(name)} with ${size} bytes` })
  const put = (value: string, offset: number) => header.set(new TextEncoder().encode(value), offset)
  const digits = (value: number, width: number) => value.toString(8).padStart(width, '0')
  put(name, 0)
  put(digits(0o644, 7), 100)
  put(digits(0, 7), 108)
  put(digits(0, 7), 116)
  put(digits(size, 11), 124)
  put(digits(0, 11), 136)
  put('0', 156)
  put('ustar\x0000', 257)
  put(`${digits(checksum(header), 6)}\0 `, 148)
}

/** Sum of all bytes of the header, its own field counted as eight spaces. */
const checksum = (header: Uint8Array): number => header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0)

const text = (header: Uint8Array, offset: number, length: number): string => {
  const field = header.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return String.fromCharCode(...(end < 0 ? field : field.subarray(0, end)))
}

const octal = (header: Uint8Array, offset: number, length: number): number | null => {
  const digits = text(header, offset, length).trim()
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : null
}
