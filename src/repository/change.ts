import { dirname, join, relative } from 'node:path'
import type { Metadata, Root } from '@tufjs/models'
import { makeFolders, put, type Write } from './files.js'
import { inMetadata, metadataFile, SETTINGS_FILE, TIMESTAMP_FILE } from './layout.js'
import { type Content, isSignedFor, type Sealed } from './metadata.js'
import type { Repository, Workplace } from './open.js'
import { settingsBytes } from './settings.js'
import { type Change, type Signed, sign } from './signing.js'
import { tidy } from './tidy.js'

/** What stands in the way of a change being visible. */
export interface Outcome {
  /** Signed, but not in force before `repo refresh` has run with the online keys. */
  readonly pending: boolean
  /**
   * A former key was not here to sign beside the new one, so that there was a moment, between two files, in which the folder did not verify.
   * A power cut in it is mended by `repo refresh`.
   */
  readonly gap: boolean
}

/**
 * Signs everything first and only then writes: a key that is missing leaves the folder as it was. The order of the files makes every moment one
 * that verifies: keys and bundles, lines, targets, snapshot, then the timestamp that puts them in force, and a new root after that; old versions
 * and bundles that nobody lists any more are removed last.
 * @throws Failure KEY_MISSING, KEY_LOCKED, REPOSITORY_INVALID, FILE_FAILED
 */
export const carryOut = async (place: Workplace, repository: Repository, change: Change): Promise<Outcome> => {
  const signed = await sign(place, repository, change)
  const bridged = verifies(repository.root.metadata, signed)
  const settings = change.nextSeq === undefined ? [] : [nextSettings(place, repository, change.nextSeq)]
  const root = change.root ? [file(place, 'root', signed.root)] : []
  const rest = newFiles(place, change, signed)
  await putAll(place, [...(change.first ?? []), ...settings, ...(bridged ? [...rest, ...root] : [...root, ...rest])])
  if (signed.online) await tidy(place, signed)
  return { pending: signed.online === null, gap: !bridged && !verifies(signed.root.metadata, { ...repository, online: repository }) }
}

/** All of it one after the other, each whole and durable before the next. */
export const putAll = async ({ files, directory }: Pick<Workplace, 'files' | 'directory'>, writes: readonly Write[]): Promise<void> => {
  for (const write of writes) {
    const folder = relative(directory, dirname(write.path))
    // A folder of keys elsewhere, on a medium, is not made: a mistyped name would otherwise be filled with keys.
    if (!folder.startsWith('..')) await makeFolders(files, directory, folder)
    await put(files, write)
  }
}

/** Whether a client that trusts this root would take the metadata. */
const verifies = (root: Metadata<Root>, { targets, online }: Pick<Signed, 'targets' | 'online'>): boolean =>
  isSignedFor(root, 'targets', targets.metadata) &&
  (online === null || (isSignedFor(root, 'snapshot', online.snapshot.metadata) && isSignedFor(root, 'timestamp', online.timestamp.metadata)))

const file = ({ directory }: Workplace, role: string, { metadata, bytes }: Sealed<Content>): Write => ({
  path: inMetadata(directory, metadataFile(role, metadata.signed.version)),
  bytes,
})

const newFiles = (place: Workplace, change: Change, { lines, targets, online }: Signed): readonly Write[] => [
  ...[...lines].filter(([line]) => change.lines?.has(line)).map(([line, sealed]) => file(place, line, sealed)),
  ...(change.targets ? [file(place, 'targets', targets)] : []),
  ...(online && change.renew === 'snapshot' ? [file(place, 'snapshot', online.snapshot)] : []),
  ...(online && change.renew !== 'nothing' ? [{ path: inMetadata(place.directory, TIMESTAMP_FILE), bytes: online.timestamp.bytes }] : []),
]

const nextSettings = ({ directory }: Workplace, { settings }: Repository, nextSeq: number): Write => ({
  path: join(directory, SETTINGS_FILE),
  bytes: settingsBytes({ ...settings, nextSeq }),
})
