import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Failure, isFailure } from './failures.js'

/**
 * The way to the disk at the grain at which power cuts happen: nothing is durable before `sync` of the file, and no name before `syncFolder` of its
 * folder. Paths are absolute. What must survive a power cut is written through this port alone, so that tests can cut anywhere.
 */
export interface DurableFiles {
  /** Null where there is no such file. */
  read(path: string): Promise<Uint8Array | null>
  /** Names in a folder, in no order; empty where there is none. */
  list(folder: string): Promise<readonly string[]>
  makeFolder(path: string): Promise<void>
  /** Creates or truncates, then writes all. `mode`: rights of a file that is created, by default those of the process. */
  write(path: string, bytes: Uint8Array, mode?: number): Promise<void>
  sync(path: string): Promise<void>
  syncFolder(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** No failure where there is nothing. */
  remove(path: string): Promise<void>
}

/** What a file is called until it is whole: no reader looks at it, and the next attempt overwrites it. */
export const UNFINISHED = '.unfinished'

type Placing = Pick<DurableFiles, 'write' | 'sync' | 'rename' | 'syncFolder' | 'remove'>

/** Puts a file in place so that a power cut at any moment leaves what was there before, or all of it. */
export const putWhole = async (files: Placing, path: string, bytes: Uint8Array, mode?: number): Promise<void> => {
  const beside = `${path}${UNFINISHED}`
  try {
    await files.write(beside, bytes, mode)
    await files.sync(beside)
    await files.rename(beside, path)
  } catch (error) {
    // On a full disk the half file would stand in the way of everything else. What hinders its removal says nothing new.
    await files.remove(beside).catch(() => {})
    throw error
  }
  await files.syncFolder(dirname(path))
}

/** The disk of this machine; `refuse` says in the caller's words what failed where. */
export const systemFiles = (refuse: (where: string, cause: unknown) => Failure): DurableFiles => {
  const attempt = attempting(refuse)
  return {
    read: (path) => attempt(path, () => orNothing(readFile(path), null)),
    list: (folder) => attempt(folder, () => orNothing(readdir(folder), [])),
    makeFolder: (path) => attempt(path, async () => void (await mkdir(path, { recursive: true }))),
    write: (path, bytes, mode) => attempt(path, () => writeFile(path, bytes, mode === undefined ? {} : { mode })),
    sync: (path) => attempt(path, () => synced(path, 'r+')),
    syncFolder: (path) => attempt(path, () => synced(path, 'r')),
    rename: (from, to) => attempt(to, () => rename(from, to)),
    remove: (path) => attempt(path, () => rm(path, { force: true })),
  }
}

/** Runs one step on the disk; whatever is thrown becomes the caller's failure. */
export const attempting =
  (refuse: (where: string, cause: unknown) => Failure) =>
  async <Value>(where: string, work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work()
    } catch (cause) {
      throw isFailure(cause) ? cause : refuse(where, cause)
    }
  }

/** The value, or `nothing` where there is no such file or folder. */
export const orNothing = async <Value, Nothing>(work: Promise<Value>, nothing: Nothing): Promise<Value | Nothing> => {
  try {
    return await work
  } catch (error) {
    if (MISSING.includes(String(systemCode(error)))) return nothing
    throw error
  }
}

/** The code of an error of the system, as ENOSPC. */
export const systemCode = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined)

const MISSING = ['ENOENT', 'ENOTDIR']

const synced = async (path: string, flags: string): Promise<void> => {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
