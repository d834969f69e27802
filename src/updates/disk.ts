import { appendFile, mkdir, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../failures.js'
import type { Disk } from './contract.js'

/** The disk of this machine. @throws Failure STORE_FAILED from every function; its `cause` holds the code of the system, as ENOSPC. */
export const nodeDisk: Disk = {
  read: (path) => attempt(path, () => orNothing(readFile(path), null)),
  size: (path) =>
    attempt(path, async () => {
      const about = await orNothing(stat(path), null)
      return about?.isFile() ? about.size : null
    }),
  list: (folder) => attempt(folder, () => orNothing(readdir(folder), [])),
  makeFolder: (path) => attempt(path, async () => void (await mkdir(path, { recursive: true }))),
  write: (path, bytes) => attempt(path, () => writeFile(path, bytes)),
  append: (path, bytes) => attempt(path, () => appendFile(path, bytes)),
  truncate: (path, bytes) => attempt(path, () => truncate(path, bytes)),
  sync: (path) => attempt(path, () => synced(path, 'r+')),
  syncFolder: (path) => attempt(path, () => synced(path, 'r')),
  rename: (from, to) => attempt(to, () => rename(from, to)),
  remove: (path) => attempt(path, () => rm(path, { force: true, recursive: true })),
}

/** What a file is called until it is whole: nobody reads it, the next attempt overwrites it. */
export const UNFINISHED = '.unfinished'

/** Puts a file in place so that a power cut at any moment leaves what was there before, or all of it. @throws Failure STORE_FAILED */
export const put = async (disk: Disk, path: string, bytes: Uint8Array): Promise<void> => {
  const beside = `${path}${UNFINISHED}`
  try {
    await disk.write(beside, bytes)
    await disk.sync(beside)
    await disk.rename(beside, path)
  } catch (error) {
    // On a full disk the half file would stand in the way of everything else. What hinders its removal says nothing new.
    await disk.remove(beside).catch(() => {})
    throw error
  }
  await disk.syncFolder(dirname(path))
}

/** Makes a folder, and those above it that are missing below `base`, each known to the one above before anything is put into it. */
export const makeDurableFolder = async (disk: Disk, base: string, path: string): Promise<void> => {
  const above = dirname(path)
  if (above !== base && above.startsWith(`${base}/`)) await makeDurableFolder(disk, base, above)
  await disk.makeFolder(path)
  await disk.syncFolder(above)
}

/** Whether a failure of the disk means that there is no room: something to be tried again when there is. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && (['ENOSPC', 'EDQUOT'].includes(String(codeOf(error))) || (error.cause !== undefined && isDiskFull(error.cause)))

const MISSING = ['ENOENT', 'ENOTDIR']

const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined)

const synced = async (path: string, flags: string): Promise<void> => {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const orNothing = async <Value, Nothing>(work: Promise<Value>, nothing: Nothing): Promise<Value | Nothing> => {
  try {
    return await work
  } catch (error) {
    if (MISSING.includes(String(codeOf(error)))) return nothing
    throw error
  }
}

const attempt = async <Value>(where: string, work: () => Promise<Value>): Promise<Value> => {
  try {
    return await work()
  } catch (cause) {
    const cure = isDiskFull(cause) ? 'make room on the disk' : 'check the disk and the rights of the state folder'
    throw new Failure('STORE_FAILED', { where, seen: cause instanceof Error ? cause.message : String(cause), cure, cause })
  }
}
