import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { DiskImage } from './memory-disk.js'
import type { Operation } from './recording-disk.js'

/** A file as the disk has it. `synced`: what a power cut cannot take; null before the first sync. */
interface Inode {
  bytes: Uint8Array
  synced: Uint8Array | null
}
/** What a name in a folder shall stand for: a file, a folder, or nothing any more. */
interface Naming {
  readonly path: string
  readonly to: Inode | 'folder' | null
}

export interface Remains {
  /** Operations that were done. */
  readonly done: number
  readonly image: DiskImage
  /** The same for the same content. */
  readonly print: string
}

/**
 * As `remains` (power-cut.ts), and it tells the moment, and knows folders: what lies in one is lost if the folder itself was not synced into the one
 * above. What a power cut after any of these operations may leave, each different disk once, with the number of operations that were done. Names that were not
 * synced by their folder are there or not: all, none, only those of single folders, only the newest of each; bytes that were not synced are half there or
 * not at all. Every combination of the two is a disk.
 */
export const remainsByMoment = (start: DiskImage, operations: readonly Operation[]): readonly Remains[] => {
  const durable = new Map<string, Inode | 'folder'>()
  for (const [path, bytes] of start) {
    durable.set(path, { bytes, synced: bytes })
    for (let folder = dirname(path); !durable.has(folder); folder = dirname(folder)) durable.set(folder, 'folder')
  }
  const live = new Map(durable)
  let pending: readonly Naming[] = []
  const seen = new Map<string, Remains>()

  const name = (path: string, to: Inode | 'folder' | null): void => {
    if (to === null) live.delete(path)
    else live.set(path, to)
    pending = [...pending, { path, to }]
  }
  const fileAt = (path: string): Inode => {
    const there = live.get(path)
    if (there !== undefined && there !== 'folder') return there
    const made = { bytes: new Uint8Array(), synced: null }
    name(path, made)
    return made
  }
  const remember = (done: number): void => {
    const newest = pending.filter((one, i) => !pending.slice(i + 1).some((later) => dirname(later.path) === dirname(one.path)))
    const folders = [...new Set(pending.map(({ path }) => dirname(path)))]
    const choices = [[], pending, newest, ...folders.map((folder) => pending.filter(({ path }) => dirname(path) === folder))]
    for (const names of choices)
      for (const part of [1, 0]) {
        const image = imageOf(durable, names, part)
        const print = printOf(image)
        const key = `${done} ${print}`
        if (!seen.has(key)) seen.set(key, { done, image, print })
      }
  }

  remember(0)
  for (const [i, operation] of operations.entries()) {
    const { kind, path } = operation
    if (kind === 'makeFolder') for (const folder of missing(path, live)) name(folder, 'folder')
    else if (kind === 'write') change(fileAt(path), operation.bytes)
    else if (kind === 'append') change(fileAt(path), Buffer.concat([fileAt(path).bytes, operation.bytes]))
    else if (kind === 'truncate') change(fileAt(path), fileAt(path).bytes.slice(0, operation.length))
    else if (kind === 'sync') fileAt(path).synced = fileAt(path).bytes
    else if (kind === 'remove') for (const one of [...live.keys()].filter((each) => each === path || each.startsWith(`${path}/`))) name(one, null)
    else if (kind === 'rename') {
      const file = fileAt(path)
      name(path, null)
      name(operation.to, file)
    } else {
      for (const one of pending.filter((each) => dirname(each.path) === path)) carry(durable, one)
      pending = pending.filter((each) => dirname(each.path) !== path)
    }
    remember(i + 1)
  }
  return [...seen.values()]
}

const change = (file: Inode, bytes: Uint8Array): void => {
  file.bytes = bytes
  file.synced = null
}

const carry = (names: Map<string, Inode | 'folder'>, { path, to }: Naming): void => {
  if (to === null) names.delete(path)
  else names.set(path, to)
}

const missing = (path: string, live: ReadonlyMap<string, unknown>): readonly string[] =>
  live.has(path) || path === '/' ? [] : [...missing(dirname(path), live), path]

/** @param part of the bytes that were not synced: 1 stands for half of them, 0 for none */
const imageOf = (durable: ReadonlyMap<string, Inode | 'folder'>, names: readonly Naming[], part: number): DiskImage => {
  const all = new Map(durable)
  for (const one of names) carry(all, one)
  const reachable = (path: string): boolean => path === '/' || (all.has(path) && reachable(dirname(path)))
  return new Map(
    [...all].flatMap(([path, to]) =>
      to === 'folder' || !reachable(path) ? [] : [[path, to.synced ?? to.bytes.slice(0, part * (to.bytes.length >> 1))] as const],
    ),
  )
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
