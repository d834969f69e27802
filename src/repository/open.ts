import { join } from 'node:path'
import type { Root, Snapshot, Targets, Timestamp } from '@tufjs/models'
import { Failure } from '../failures.js'
import type { Files } from './files.js'
import type { KeyRing } from './key-ring.js'
import { inMetadata, METADATA, metadataFile, metadataName, SETTINGS_FILE, TIMESTAMP_FILE } from './layout.js'
import { readRoot, readSnapshot, readTargets, readTimestamp, type Sealed } from './metadata.js'
import { readSettings, type Settings } from './settings.js'

/** Where a command works, with which keys, and what time it is. */
export interface Workplace {
  readonly files: Files
  readonly directory: string
  readonly ring: KeyRing
  /** Epoch milliseconds: new metadata hold from here. */
  readonly nowMs: number
}

/** The author's folder as it stands: the newest of everything, also what a command began and did not finish. */
export interface Repository {
  readonly settings: Settings
  /** All of them, ascending. */
  readonly roots: readonly Sealed<Root>[]
  readonly root: Sealed<Root>
  readonly targets: Sealed<Targets>
  /** By name, those that `targets` delegates to. */
  readonly lines: ReadonlyMap<string, Sealed<Targets>>
  /** What the timestamp names. */
  readonly snapshot: Sealed<Snapshot>
  readonly timestamp: Sealed<Timestamp>
  /** A version of this role that no file has yet. */
  nextVersion(role: string): number
}

/** @throws Failure REPOSITORY_INVALID where there is none, or it is damaged */
export const openRepository = async ({ files, directory }: Pick<Workplace, 'files' | 'directory'>): Promise<Repository> => {
  const newest = new Map<string, number>()
  for (const name of await files.list(join(directory, METADATA))) {
    const known = metadataName(name)
    if (known) newest.set(known.role, Math.max(known.version, newest.get(known.role) ?? 0))
  }
  const load = async <T>(name: string, read: (bytes: Uint8Array, where: string) => T): Promise<T> => {
    const path = inMetadata(directory, name)
    const bytes = await files.read(path)
    if (bytes === null) throw absent(path)
    return read(bytes, path)
  }
  // Written last of all by `init`, so that it tells a repository from the beginnings of one.
  const timestamp = await load(TIMESTAMP_FILE, readTimestamp)
  const settingsPath = join(directory, SETTINGS_FILE)
  const settings = await files.read(settingsPath)
  if (settings === null) throw absent(settingsPath)
  const roots: Sealed<Root>[] = []
  for (let version = 1; version <= (newest.get('root') ?? 1); version++) roots.push(await load(metadataFile('root', version), readRoot))
  const root = roots.at(-1)
  if (root === undefined) throw absent(inMetadata(directory, metadataFile('root', 1)))
  const targets = await load(metadataFile('targets', newest.get('targets') ?? 1), readTargets)
  const lines = new Map<string, Sealed<Targets>>()
  for (const line of Object.keys(targets.metadata.signed.delegations?.roles ?? {}))
    lines.set(line, await load(metadataFile(line, newest.get(line) ?? 1), readTargets))
  return {
    settings: readSettings(settings, settingsPath),
    roots,
    root,
    targets,
    lines,
    snapshot: await load(metadataFile('snapshot', timestamp.metadata.signed.snapshotMeta.version), readSnapshot),
    timestamp,
    nextVersion: (role) => (role === 'timestamp' ? timestamp.metadata.signed.version + 1 : (newest.get(role) ?? 0) + 1),
  }
}

const absent = (path: string): Failure =>
  new Failure('REPOSITORY_INVALID', {
    where: path,
    seen: 'no such file',
    allowed: 'a folder that "repo init" made',
    cure: 'name the folder of the repository, or make one with: spectro2mqtt repo init DIR',
  })
