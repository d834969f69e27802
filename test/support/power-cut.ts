import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { DiskImage } from './memory-disk.js'
import type { Operation } from './recording-disk.js'
import { afterCut, type CutFile, isWhole, newFile } from './torn-bytes.js'

export interface Remains {
  /** Operations that were done. */
  readonly done: number
  readonly image: DiskImage
  /** The same for the same content. */
  readonly print: string
}

/**
 * What may lie on a disk if the power fails after any of the operations: at each moment each different disk once.
 *
 * Bytes that were not synced: what was synced last, or nothing, or half of what is new, or zeros in its place; what only was appended to keeps what was
 * synced. Names (of files and folders, made, renamed or removed) that their folder was not synced for: all of them, none, those of a single change,
 * operation or folder, all but those, each with the new folders or without, and the newest of each folder; a disk may write them in any order. A rename
 * within a folder happens whole, or the file has both names for a while; from folder to folder it is two changes. What lies in a folder is lost with
 * the name of the folder. Every combination of bytes and names is a disk.
 * @param from the first moment that counts: that after so many operations
 */
export function* remainsByMoment(start: DiskImage, operations: readonly Operation[], from = 0): Generator<Remains> {
  const disk = cuttable(start)
  for (let done = 0; done <= operations.length; done++) {
    const operation = operations[done - 1]
    if (operation) disk.carryOut(operation)
    if (done < from) continue
    const seen = new Set<string>()
    for (const image of disk.images()) {
      const print = printOf(image)
      if (!seen.has(print)) yield { done, image, print }
      seen.add(print)
    }
  }
}

/** The same, each different disk once whatever the moment. */
export const remains = (start: DiskImage, operations: readonly Operation[], from = 0): readonly DiskImage[] => {
  const found = new Map<string, DiskImage>()
  for (const { print, image } of remainsByMoment(start, operations, from)) found.set(print, image)
  return [...found.values()]
}

/** The same for a power cut after the last operation: what a caller who was told "done" may find. */
export const remainsAtEnd = (start: DiskImage, operations: readonly Operation[]): readonly DiskImage[] =>
  remains(start, operations, operations.length)

/** What a path stands for: a file, a folder, or nothing any more. */
type Named = readonly [path: string, to: CutFile | 'folder' | null]
type Names = Map<string, CutFile | 'folder'>
/** A change of names that waits for the sync of its folder; of two names in it the second may come later. */
interface Change {
  readonly folder: string
  /** The operation that made it, by number: the removal of a folder makes several. */
  readonly by: number
  readonly names: readonly Named[]
}

const cuttable = (start: DiskImage) => {
  const durable: Names = new Map([...start].map(([path, bytes]) => [path, { bytes, synced: bytes }]))
  const live: Names = new Map(durable)
  let pending: readonly Change[] = []
  let by = 0

  /** A folder that is used and was not made was there at the start; images do not tell folders. */
  const standing = (folder: string): void => {
    if (live.has(folder)) return
    for (const names of [live, durable]) names.set(folder, 'folder')
    if (folder !== '/') standing(dirname(folder))
  }
  for (const path of start.keys()) standing(dirname(path))
  const change = (...names: readonly Named[]): void => {
    const folder = dirname(names[0]?.[0] ?? '/')
    standing(folder)
    const one = { folder, by, names }
    apply(live, one)
    pending = [...pending, one]
  }
  const fileAt = (path: string): CutFile => {
    const there = live.get(path)
    if (there !== undefined && there !== 'folder') return there
    const made = newFile()
    change([path, made])
    return made
  }
  const makeFolder = (path: string): void => {
    if (path === '/' || live.has(path)) return
    makeFolder(dirname(path))
    change([path, 'folder'])
  }
  const rename = (path: string, to: string): void => {
    const file = fileAt(path)
    if (dirname(path) === dirname(to)) change([to, file], [path, null])
    else for (const one of [[path, null] as const, [to, file] as const]) change(one)
  }
  const syncFolder = (path: string): void => {
    for (const one of pending.filter(({ folder }) => folder === path)) {
      apply(durable, one)
      // With the name of a folder all that waited below it is gone.
      const gone = one.names.flatMap(([name, to]) => (to === null ? [name] : []))
      pending = pending.filter((other, i) => other !== one && (i > pending.indexOf(one) || !gone.some((name) => within(other.folder, name))))
    }
  }
  return {
    carryOut: (operation: Operation): void => {
      const { kind, path } = operation
      by++
      if (kind === 'write') fileAt(path).bytes = operation.bytes
      else if (kind === 'append') fileAt(path).bytes = Buffer.concat([fileAt(path).bytes, operation.bytes])
      else if (kind === 'truncate') fileAt(path).bytes = fileAt(path).bytes.slice(0, operation.length)
      else if (kind === 'sync') fileAt(path).synced = fileAt(path).bytes
      else if (kind === 'makeFolder') makeFolder(path)
      else if (kind === 'remove')
        for (const one of [...live.keys()]
          .filter((each) => within(each, path))
          .sort()
          .reverse())
          change([one, null])
      else if (kind === 'rename') rename(path, operation.to)
      else syncFolder(path)
    },
    *images(): Generator<DiskImage> {
      for (const some of choices(pending)) {
        const names: Names = new Map(durable)
        for (const one of some) apply(names, one)
        const whole = [...names.values()].every((node) => node === 'folder' || isWhole(node))
        for (const left of whole ? afterCut.slice(0, 1) : afterCut) yield imageOf(names, left)
      }
    },
  }
}

const within = (path: string, above: string): boolean => path === above || path.startsWith(`${above}/`)

const apply = (names: Names, { names: changed }: Change): void => {
  for (const [path, to] of changed) {
    if (to !== null) names.set(path, to)
    else if (names.get(path) === 'folder') for (const one of [...names.keys()].filter((each) => within(each, path))) names.delete(one)
    else names.delete(path)
  }
}

/** Which of the changes that wait a power cut may find made. */
const choices = (pending: readonly Change[]): readonly (readonly Change[])[] => {
  const groups = [
    ...pending.map((one) => [one]),
    ...[...new Set(pending.map(({ by }) => by))].map((by) => pending.filter((one) => one.by === by)),
    ...[...new Set(pending.map(({ folder }) => folder))].map((folder) => pending.filter((one) => one.folder === folder)),
  ]
  const newest = pending.filter(({ folder }, i) => !pending.slice(i + 1).some((later) => later.folder === folder))
  const some = [[], pending, ...groups.flatMap((group) => [group, pending.filter((one) => !group.includes(one))])]
  // A folder that was made may be there before everything else that waits.
  const isFolder = ({ names }: Change): boolean => names.some(([, to]) => to === 'folder')
  const withFolders = pending.some(isFolder) ? some.map((made) => pending.filter((one) => made.includes(one) || isFolder(one))) : []
  return [newest.map((one) => ({ ...one, names: one.names.slice(0, 1) })), ...some, ...withFolders]
}

const imageOf = (names: Names, left: (file: CutFile) => Uint8Array): DiskImage => {
  const reachable = (path: string): boolean => path === '/' || (names.get(path) === 'folder' && reachable(dirname(path)))
  return new Map([...names].flatMap(([path, to]) => (to === 'folder' || !reachable(dirname(path)) ? [] : [[path, left(to)] as const])))
}

/** Digests of arrays that stay as they are are taken once. */
const digests = new WeakMap<Uint8Array, string>()
const digestOf = (bytes: Uint8Array): string => {
  const known = digests.get(bytes) ?? createHash('sha256').update(bytes).digest('hex')
  digests.set(bytes, known)
  return known
}

const printOf = (image: DiskImage): string =>
  [...image]
    .map(([path, bytes]) => `${path} ${digestOf(bytes)}`)
    .sort()
    .join('\n')
