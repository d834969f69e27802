import { join } from 'node:path'
import type { Root, Snapshot, Targets, Timestamp } from '@tufjs/models'
import { Failure } from '../failures.js'
import type { Files } from './files.js'
import { inMetadata, METADATA, metadataFile, metadataName, TIMESTAMP_FILE } from './layout.js'
import { readRoot, readSnapshot, readTargets, readTimestamp, type Sealed } from './metadata.js'

/** All that the timestamp leads to, and every root. */
export interface InForce {
  readonly timestamp: Sealed<Timestamp>
  readonly snapshot: Sealed<Snapshot>
  readonly targets: Sealed<Targets>
  /** Targets and lines by the names of their files. */
  readonly lists: ReadonlyMap<string, Sealed<Targets>>
  /** Ascending, from version 1. */
  readonly roots: readonly Sealed<Root>[]
}

/** What was signed but is not in force yet is left out. @throws Failure REPOSITORY_INVALID, FILE_FAILED */
export const inForce = async (files: Files, directory: string): Promise<InForce> => {
  const load = async <T>(name: string, read: (bytes: Uint8Array, where: string) => T): Promise<T> => {
    const path = inMetadata(directory, name)
    return read(await needed(files, path), path)
  }
  const timestamp = await load(TIMESTAMP_FILE, readTimestamp)
  const snapshotName = metadataFile('snapshot', timestamp.metadata.signed.snapshotMeta.version)
  const snapshot = await load(snapshotName, readSnapshot)
  const lists = new Map<string, Sealed<Targets>>()
  for (const [file, { version }] of Object.entries(snapshot.metadata.signed.meta)) {
    const name = metadataFile(file.replace(/\.json$/, ''), version)
    lists.set(name, await load(name, readTargets))
  }
  const targets = [...lists].find(([name]) => metadataName(name)?.role === 'targets')?.[1]
  if (targets === undefined) throw new Failure('REPOSITORY_INVALID', { where: snapshotName, seen: 'no targets.json', cure: 'repo refresh DIR' })
  const roots: Sealed<Root>[] = []
  for (let version = 1; version <= (await newestRoot(files, directory)); version++) roots.push(await load(metadataFile('root', version), readRoot))
  return { timestamp, snapshot, targets, lists, roots }
}

/** 0 where there is none. */
export const newestRoot = async (files: Files, directory: string): Promise<number> =>
  (await files.list(join(directory, METADATA))).reduce((newest, name) => {
    const known = metadataName(name)
    return known?.role === 'root' ? Math.max(newest, known.version) : newest
  }, 0)

export const needed = async (files: Files, path: string): Promise<Uint8Array> => {
  const bytes = await files.read(path)
  if (bytes !== null) return bytes
  throw new Failure('REPOSITORY_INVALID', {
    where: path,
    seen: 'no such file',
    allowed: 'a folder that "repo init" made',
    cure: 'name the folder of the repository; a lost file comes back from a backup',
  })
}
