import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from '../failures.js'

// Synchronous, unlike src/durable-files.ts: `Recording.add` checks and writes in one go, and no second row can come in between.

/** Writes a file to the disk, not only to the cache of the system. @throws Failure FILE_FAILED. */
export const writeThrough = (file: string, bytes: Uint8Array): void =>
  attempt(file, () => {
    const handle = openSync(file, 'w')
    try {
      writeFileSync(handle, bytes)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  })

/** Puts a file that was written through in the place of another one, and sees to it that the folder knows. @throws Failure FILE_FAILED. */
export const replaceBy = (written: string, file: string): void =>
  attempt(file, () => {
    renameSync(written, file)
    const folder = openSync(dirname(file), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  })

/** Any failure of the file system as FILE_FAILED with the file's name. */
export const attempt = <Result>(file: string, work: () => Result): Result => {
  try {
    return work()
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where: file, seen, cure: 'name a folder that can be written, on a disk with room', cause })
  }
}
