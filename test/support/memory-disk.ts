import { dirname } from 'node:path'
import type { Disk } from '../../src/updates/contract.js'

/** Whole content of a disk: path of each file and its bytes. Folders that hold nothing are not told. */
export type DiskImage = ReadonlyMap<string, Uint8Array>

export interface MemoryDisk extends Disk {
  /** What lies on it now. */
  image(): DiskImage
}

const ENOENT = (path: string): Error => Object.assign(new Error(`ENOENT: no such file or directory, '${path}'`), { code: 'ENOENT' })

/** A disk in memory on which everything lasts; like the real one it refuses to write into a folder that is not there. */
export const memoryDisk = (start: DiskImage = new Map()): MemoryDisk => {
  const files = new Map([...start].map(([path, bytes]): [string, Uint8Array] => [path, Uint8Array.from(bytes)]))
  const folders = new Set<string>(['/'])
  const addFolder = (path: string): void => {
    if (folders.has(path)) return
    folders.add(path)
    addFolder(dirname(path))
  }
  for (const path of files.keys()) addFolder(dirname(path))
  const there = (path: string): Uint8Array => {
    const bytes = files.get(path)
    if (!bytes) throw ENOENT(path)
    return bytes
  }
  const into = (path: string): void => {
    if (!folders.has(dirname(path))) throw ENOENT(path)
  }
  const below = (folder: string) => (path: string) => path.startsWith(`${folder}/`)
  return {
    image: () => new Map(files),
    read: async (path) => {
      const bytes = files.get(path)
      return bytes ? Uint8Array.from(bytes) : null
    },
    size: async (path) => files.get(path)?.length ?? null,
    list: async (folder) => [
      ...new Set([...files.keys(), ...folders].filter(below(folder)).map((path) => path.slice(folder.length + 1).split('/')[0] ?? '')),
    ],
    makeFolder: async (path) => addFolder(path),
    write: async (path, bytes) => {
      into(path)
      files.set(path, Uint8Array.from(bytes))
    },
    append: async (path, bytes) => {
      into(path)
      files.set(path, Uint8Array.from(Buffer.concat([files.get(path) ?? new Uint8Array(), bytes])))
    },
    truncate: async (path, bytes) => void files.set(path, there(path).slice(0, bytes)),
    sync: async (path) => void there(path),
    syncFolder: async (path) => {
      if (!folders.has(path)) throw ENOENT(path)
    },
    rename: async (from, to) => {
      into(to)
      files.set(to, there(from))
      files.delete(from)
    },
    remove: async (path) => {
      for (const file of [...files.keys()].filter((each) => each === path || below(path)(each))) files.delete(file)
      for (const folder of [...folders].filter((each) => each === path || below(path)(each))) folders.delete(folder)
    },
  }
}
