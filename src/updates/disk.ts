import { appendFile, rm, stat, truncate } from 'node:fs/promises'
import { dirname } from 'node:path'
import { attempting, orNothing, putWhole, systemCode, systemFiles } from '../durable-files.js'
import { Failure } from '../failures.js'
import type { Disk } from './contract.js'

const refuse = (where: string, cause: unknown): Failure => {
  const cure = isDiskFull(cause) ? 'make room on the disk' : 'check the disk and the rights of the state folder'
  return new Failure('STORE_FAILED', { where, seen: cause instanceof Error ? cause.message : String(cause), cure, cause })
}
const attempt = attempting(refuse)

/** The disk of this machine. @throws Failure STORE_FAILED from every function; its `cause` holds the code of the system, as ENOSPC. */
export const nodeDisk: Disk = {
  ...systemFiles(refuse),
  size: (path) =>
    attempt(path, async () => {
      const about = await orNothing(stat(path), null)
      return about?.isFile() ? about.size : null
    }),
  append: (path, bytes) => attempt(path, () => appendFile(path, bytes)),
  truncate: (path, bytes) => attempt(path, () => truncate(path, bytes)),
  remove: (path) => attempt(path, () => rm(path, { force: true, recursive: true })),
}

/** Puts a file in place so that a power cut at any moment leaves what was there before, or all of it. @throws Failure STORE_FAILED */
export const put = (disk: Disk, path: string, bytes: Uint8Array): Promise<void> => putWhole(disk, path, bytes)

/** Makes a folder, and those above it that are missing below `base`, each known to the one above before anything is put into it. */
export const makeDurableFolder = async (disk: Disk, base: string, path: string): Promise<void> => {
  const above = dirname(path)
  if (above !== base && above.startsWith(`${base}/`)) await makeDurableFolder(disk, base, above)
  await disk.makeFolder(path)
  await disk.syncFolder(above)
}

/** Whether a failure of the disk means that there is no room: something to be tried again when there is. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && (['ENOSPC', 'EDQUOT'].includes(String(systemCode(error))) || (error.cause !== undefined && isDiskFull(error.cause)))
