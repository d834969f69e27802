import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { DiskImage } from './memory-disk.js'
import type { Operation } from './recording-disk.js'

interface Inode {
  bytes: Uint8Array
  /** What the disk has of it for certain. */
  synced: Uint8Array
}
/** A change of names that waits for the sync of its folder. */
interface Change {
  readonly folder: string
  readonly add: readonly (readonly [string, Inode])[]
  readonly remove: readonly string[]
}

/**
 * Everything that may lie on a disk if the power fails after any of the operations, each different image once, in the order of the operations.
 * Of files that were not synced there is what was there before, or half of the new bytes, or zeros in their place; of changes of names whose folder
 * was not synced, all were made, or none, or only one, or all but one: a disk may write them in any order.
 */
export const remains = (start: DiskImage, operations: readonly Operation[]): readonly DiskImage[] => different(crashes(start, operations, 0))

/** The same for a power cut after the last operation: what a caller who was told "done" may find. */
export const remainsAtEnd = (start: DiskImage, operations: readonly Operation[]): readonly DiskImage[] =>
  different(crashes(start, operations, operations.length))

const different = (images: Iterable<DiskImage>): readonly DiskImage[] => {
  const found = new Map<string, DiskImage>()
  for (const image of images) found.set(print(image), image)
  return [...found.values()]
}

/** @param from the first moment that counts: that after so many operations */
function* crashes(start: DiskImage, operations: readonly Operation[], from: number): Generator<DiskImage> {
  const durable = new Map([...start].map(([path, bytes]): [string, Inode] => [path, { bytes, synced: bytes }]))
  const live = new Map(durable)
  let pending: Change[] = []
  const change = (folder: string, add: Change['add'], remove: readonly string[]): void => {
    pending.push({ folder, add, remove })
    apply(live, { folder, add, remove })
  }
  const inodeAt = (path: string): Inode => {
    const known = live.get(path)
    if (known) return known
    const made = { bytes: new Uint8Array(), synced: new Uint8Array() }
    change(dirname(path), [[path, made]], [])
    return made
  }
  const carryOut = (operation: Operation): void => {
    const { kind, path } = operation
    if (kind === 'write') inodeAt(path).bytes = operation.bytes
    if (kind === 'append') inodeAt(path).bytes = Buffer.concat([inodeAt(path).bytes, operation.bytes])
    if (kind === 'truncate') inodeAt(path).bytes = inodeAt(path).bytes.slice(0, operation.length)
    if (kind === 'sync') inodeAt(path).synced = inodeAt(path).bytes
    if (kind === 'rename') change(dirname(operation.to), [[operation.to, inodeAt(path)]], [path])
    if (kind === 'syncFolder') {
      for (const one of pending) if (one.folder === path) apply(durable, one)
      pending = pending.filter(({ folder }) => folder !== path)
    }
    if (kind === 'remove') {
      const gone = [...live.keys()].filter((each) => each === path || each.startsWith(`${path}/`))
      if (gone.length > 0) change(dirname(path), [], gone)
    }
  }
  const moments = function* (): Generator<DiskImage> {
    const orders = [[], pending, ...(pending.length > 1 ? pending.flatMap((one) => [[one], pending.filter((other) => other !== one)]) : [])]
    for (const some of orders) {
      const names = new Map(durable)
      for (const one of some) apply(names, one)
      for (const left of [dropped, torn, zeroed]) yield new Map([...names].map(([path, inode]) => [path, left(inode)]))
    }
  }
  if (from === 0) yield* moments()
  for (const [i, operation] of operations.entries()) {
    carryOut(operation)
    if (i + 1 >= from) yield* moments()
  }
}

const apply = (names: Map<string, Inode>, { add, remove }: Change): void => {
  for (const path of remove) names.delete(path)
  for (const [path, inode] of add) names.set(path, inode)
}

const isPrefix = (short: Uint8Array, long: Uint8Array): boolean =>
  short.length <= long.length && Buffer.compare(short, long.subarray(0, short.length)) === 0

const dropped = ({ synced }: Inode): Uint8Array => synced

const torn = ({ bytes, synced }: Inode): Uint8Array => {
  if (bytes === synced) return synced
  const kept = isPrefix(synced, bytes) ? synced.length : 0
  return bytes.slice(0, kept + ((bytes.length - kept) >> 1))
}

const zeroed = ({ bytes, synced }: Inode): Uint8Array => {
  if (bytes === synced) return synced
  const out = new Uint8Array(bytes.length)
  if (isPrefix(synced, bytes)) out.set(synced)
  return out
}

/** Digests of arrays that stay as they are are taken once. */
const digests = new WeakMap<Uint8Array, string>()
const digest = (bytes: Uint8Array): string => {
  const known = digests.get(bytes) ?? createHash('sha256').update(bytes).digest('hex')
  digests.set(bytes, known)
  return known
}

const print = (image: DiskImage): string =>
  [...image]
    .map(([path, bytes]) => `${path} ${digest(bytes)}`)
    .sort()
    .join('\n')
