import { dirname, join } from 'node:path'
import { type DurableFiles, putWhole } from '../durable-files.js'

/** The way to the disk for everything that is written here. */
export type Files = DurableFiles

/** One file to be put in place as a whole. */
export interface Write {
  readonly path: string
  readonly bytes: Uint8Array
  readonly mode?: number
}

/** Puts a file in place so that a power cut at any moment leaves either what was there before or all of it. */
export const put = (files: Files, { path, bytes, mode }: Write): Promise<void> => putWhole(files, path, bytes, mode)

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
