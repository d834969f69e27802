import { dirname, join } from 'node:path'

/**
 * The way to the disk for everything that is written here, at the grain at which power cuts happen. Nothing is durable before `sync` of the
 * file, and no name before `syncFolder` of its folder. Paths are absolute.
 */
export interface Files {
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

/** One file to be put in place as a whole. */
export interface Write {
  readonly path: string
  readonly bytes: Uint8Array
  readonly mode?: number
}

/** What a file is called until it is whole. Left behind by a power cut, it is overwritten by the next attempt; no reader looks at it. */
export const UNFINISHED = '.unfinished'

/** Puts a file in place so that a power cut at any moment leaves either what was there before or all of it. */
export const put = async (files: Files, { path, bytes, mode }: Write): Promise<void> => {
  const beside = `${path}${UNFINISHED}`
  await files.write(beside, bytes, mode)
  await files.sync(beside)
  await files.rename(beside, path)
  await files.syncFolder(dirname(path))
}

/** Makes a folder that the one above it knows of. */
export const makeFolder = async (files: Files, folder: string): Promise<void> => {
  await files.makeFolder(folder)
  await files.syncFolder(dirname(folder))
}

/** Makes the folders of `relative` below `base` one by one, each known to the folder above it before anything is put into it. */
export const makeFolders = async (files: Files, base: string, relative: string): Promise<void> => {
  let folder = base
  for (const part of relative.split('/').filter((name) => name !== '' && name !== '.')) {
    folder = join(folder, part)
    await makeFolder(files, folder)
  }
}
