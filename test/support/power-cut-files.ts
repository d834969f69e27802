import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { Files } from '../../src/repository/files.js'

interface Inode {
  bytes: Uint8Array
  /** What the disk has of it: nothing before the first sync. */
  synced: Uint8Array | null
}

/** A disk in memory that knows what a power cut would leave of it. */
export interface PowerCutFiles extends Files {
  /** Operations so far. */
  readonly operations: number
  /**
   * What the power would leave if it failed after any of the operations so far, each different state once. Unsynced files are there by half. Three
   * disks for each moment: one that has every name, one that has no name that its folder was not synced for, and one that has of those the last alone.
   */
  readonly remains: readonly Files[]
  /** Forgets the moments before now. */
  begin(): void
}

/** @param lose syncs of such files and folders do nothing: what a program would do that forgets them */
export const powerCutFiles = (lose: (path: string) => boolean = () => false): PowerCutFiles => {
  const live = new Map<string, Inode>()
  const liveFolders = new Set<string>(['/'])
  const durable = new Map<string, Inode>()
  const durableFolders = new Set<string>(['/'])
  let remains = new Map<string, Files>()
  let operations = 0
  let last: (names: Map<string, Inode>) => void = () => {}
  const note = () => {
    operations++
    const named = new Map([...durable].filter(([path]) => reachable(path, durableFolders)))
    const early = new Map(named)
    last(early)
    for (const names of [live, named, early]) {
      const left = new Map([...names].map(([path, inode]) => [path, inode.synced ?? torn(inode)]))
      const print = createHash('sha256')
      for (const path of [...left.keys()].sort()) print.update(`${path}\0${hashOf(left.get(path) ?? NOTHING)}\0`)
      remains.set(print.digest('hex'), memoryFiles(left))
    }
  }
  return {
    get operations() {
      return operations
    },
    get remains() {
      return [...remains.values()]
    },
    begin() {
      remains = new Map()
    },
    read: async (path) => live.get(path)?.bytes ?? null,
    list: async (folder) => namesIn(folder, live.keys(), liveFolders),
    makeFolder: async (path) => {
      liveFolders.add(path)
      note()
    },
    write: async (path, bytes) => {
      live.set(path, { bytes: new Uint8Array(bytes), synced: null })
      note()
    },
    sync: async (path) => {
      const inode = live.get(path)
      if (inode && !lose(path)) inode.synced = inode.bytes
      note()
    },
    syncFolder: async (folder) => {
      if (!lose(folder)) {
        last = () => {}
        for (const path of [...durable.keys()].filter((each) => dirname(each) === folder)) durable.delete(path)
        for (const [path, inode] of live) if (dirname(path) === folder) durable.set(path, inode)
        for (const path of liveFolders) if (dirname(path) === folder) durableFolders.add(path)
      }
      note()
    },
    rename: async (from, to) => {
      const inode = live.get(from)
      if (!inode) throw new Error(`no ${from}`)
      live.delete(from)
      live.set(to, inode)
      last = (names) => void names.set(to, inode)
      note()
    },
    remove: async (path) => {
      live.delete(path)
      note()
    },
  }
}

/** Files as they lie, all of them durable. */
export const memoryFiles = (entries: ReadonlyMap<string, Uint8Array>): Files => {
  const contents = new Map(entries)
  return {
    read: async (path) => contents.get(path) ?? null,
    list: async (folder) => namesIn(folder, contents.keys(), new Set()),
    makeFolder: async () => {},
    write: async (path, bytes) => void contents.set(path, bytes),
    sync: async () => {},
    syncFolder: async () => {},
    rename: async (from, to) => {
      contents.set(to, contents.get(from) ?? new Uint8Array())
      contents.delete(from)
    },
    remove: async (path) => void contents.delete(path),
  }
}

const NOTHING = new Uint8Array()
const halves = new WeakMap<Uint8Array, Uint8Array>()
const hashes = new WeakMap<Uint8Array, string>()

const torn = ({ bytes }: Inode): Uint8Array => {
  const half = halves.get(bytes) ?? bytes.slice(0, bytes.length >> 1)
  halves.set(bytes, half)
  return half
}

/** Bundles are hashed once, not at every operation. */
const hashOf = (bytes: Uint8Array): string => {
  const hash = hashes.get(bytes) ?? createHash('sha256').update(bytes).digest('hex')
  hashes.set(bytes, hash)
  return hash
}

const reachable = (path: string, folders: ReadonlySet<string>): boolean =>
  path === '/' || (folders.has(dirname(path)) && reachable(dirname(path), folders))

const namesIn = (folder: string, paths: Iterable<string>, folders: ReadonlySet<string>): readonly string[] => {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`
  return [
    ...new Set([...paths, ...folders].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split('/')[0] ?? '')),
  ].filter(Boolean)
}
