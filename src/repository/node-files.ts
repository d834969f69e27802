import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { Failure, isFailure } from '../failures.js'
import type { Files } from './files.js'

const MISSING = ['ENOENT', 'ENOTDIR']

/** The disk of this machine. @throws Failure FILE_FAILED from every function. */
export const nodeFiles: Files = {
  read: (path) => attempt(path, () => orNothing(readFile(path), null)),
  list: (folder) => attempt(folder, () => orNothing(readdir(folder), [])),
  makeFolder: (path) => attempt(path, async () => void (await mkdir(path, { recursive: true }))),
  write: (path, bytes, mode) => attempt(path, () => writeFile(path, bytes, mode === undefined ? {} : { mode })),
  sync: (path) => attempt(path, () => synced(path, 'r+')),
  syncFolder: (path) => attempt(path, () => synced(path, 'r')),
  rename: (from, to) => attempt(to, () => rename(from, to)),
  remove: (path) => attempt(path, () => rm(path, { force: true })),
}

const synced = async (path: string, flags: string): Promise<void> => {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined)

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
    if (isFailure(cause)) throw cause
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where, seen, cure: 'name a folder that can be read and written, on a disk with room', cause })
  }
}
