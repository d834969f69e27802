import { join, resolve } from 'node:path'
import type { Metadata, Root } from '@tufjs/models'
import { Failure } from '../failures.js'
import { putAll } from './change.js'
import { type Files, makeFolder, type Write } from './files.js'
import { type InForce, inForce, needed, newestRoot } from './in-force.js'
import { BUNDLES, inMetadata, metadataFile, publishedPath, TARGETS, TIMESTAMP_FILE, targetParts } from './layout.js'
import { isSignedFor, readTimestamp } from './metadata.js'
import { finished, tidyMetadata, treeOf } from './tidy.js'

export interface Published {
  /** Version of the timestamp. */
  readonly timestamp: number
  readonly bundles: number
  /** Files that were not there before, or were others. */
  readonly written: number
  /** As of `Outcome`: a key of a former root had not signed, so there was a moment in which the folder did not verify. */
  readonly gap: boolean
}

/**
 * Copies what is in force into a folder for any static web server or for a medium: bundles first, then versioned metadata, then the timestamp that
 * puts them in force, so that the folder verifies at every moment, through a power cut too. What is no longer listed is removed last. Needs no key.
 * @throws Failure TRUST_ROLLBACK where the folder is ahead of the author's, REPOSITORY_INVALID, FILE_FAILED
 */
export const publish = async (files: Files, directory: string, out: string): Promise<Published> => {
  if (resolve(directory) === resolve(out))
    throw new Failure('USAGE', { where: '--out', seen: out, allowed: 'another folder than that of the repository, which holds keys' })
  const source = await inForce(files, directory)
  const { timestamp, roots } = source
  const before = await publishedBefore(files, out, source)
  const bundles = await bundlesOf(files, directory, out, source)
  const metadata = [...source.lists, [metadataFile('snapshot', source.snapshot.metadata.signed.version), source.snapshot] as const]
  const versioned = await changed(files, [...bundles, ...metadata.map(([name, { bytes }]) => ({ path: inMetadata(out, name), bytes }))])
  const newRoots = roots.slice(before ?? 0).map(({ bytes }, i) => ({ path: inMetadata(out, metadataFile('root', (before ?? 0) + i + 1)), bytes }))
  const last = await changed(files, [{ path: inMetadata(out, TIMESTAMP_FILE), bytes: timestamp.bytes }])
  // Keys of former roots sign along, so that as a rule the new timestamp verifies under the roots that lie there already: then it goes first.
  const bridged = before !== null && roots.slice(before - 1).every((root) => takenUnder(root.metadata, source))
  const writes = [...versioned, ...(bridged ? [...last, ...newRoots] : [...newRoots, ...last])]
  await makeFolder(files, out)
  await putAll({ files, directory: out }, writes)
  await removeOld(files, out, bundles)
  return { timestamp: timestamp.metadata.signed.version, bundles: bundles.length, written: writes.length, gap: before !== null && !bridged }
}

/** Version of the newest root that lies there; null where nothing was published yet. */
const publishedBefore = async (files: Files, out: string, { timestamp, roots }: InForce): Promise<number | null> => {
  const newest = await newestRoot(files, out)
  for (const [i, { bytes }] of roots.slice(0, newest).entries())
    if (Buffer.compare(await needed(files, inMetadata(out, metadataFile('root', i + 1))), bytes) !== 0)
      throw new Failure('REPOSITORY_INVALID', {
        where: out,
        seen: 'another repository',
        allowed: 'an empty folder, or one that this repository was published to',
        cure: 'name another folder; to begin anew in this one, empty it: agents then need the new root',
      })
  const path = inMetadata(out, TIMESTAMP_FILE)
  const bytes = await files.read(path)
  const was = bytes ? readTimestamp(bytes, path).metadata.signed.version : 0
  const now = timestamp.metadata.signed.version
  if (was > now || newest > roots.length)
    throw new Failure('TRUST_ROLLBACK', {
      where: out,
      seen: `timestamp ${was}, root ${newest}; to be published: timestamp ${now}, root ${roots.length}`,
      allowed: 'nothing older than what was published: agents would refuse it',
      cure: 'publish from the newest copy of the repository',
    })
  // A first publishing that was cut short has put nothing in force.
  return bytes === null ? null : newest
}

const takenUnder = (root: Metadata<Root>, { targets, snapshot, timestamp }: InForce): boolean =>
  isSignedFor(root, 'targets', targets.metadata) &&
  isSignedFor(root, 'snapshot', snapshot.metadata) &&
  isSignedFor(root, 'timestamp', timestamp.metadata)

const bundlesOf = async (files: Files, directory: string, out: string, { lists }: InForce): Promise<readonly Write[]> => {
  const writes: Write[] = []
  for (const [name, { metadata }] of lists)
    for (const [path, target] of Object.entries(metadata.signed.targets)) {
      const sha256 = target.hashes['sha256']
      if (targetParts(path) === null || sha256 === undefined)
        throw new Failure('TRUST_PATH', { where: `${name}: ${path}`, seen: 'another form', allowed: '<line>/<id>/<sha256>.s2m' })
      writes.push({ path: join(out, publishedPath(path, sha256)), bytes: await needed(files, join(directory, BUNDLES, path)) })
    }
  return writes
}

/** Those whose bytes do not lie there already. */
const changed = async (files: Files, writes: readonly Write[]): Promise<readonly Write[]> => {
  const different: Write[] = []
  for (const write of writes) {
    const there = await files.read(write.path)
    if (there === null || Buffer.compare(there, write.bytes) !== 0) different.push(write)
  }
  return different
}

/** A web folder may hold other things: only what is named as bundles are is looked at. */
const removeOld = async (files: Files, out: string, bundles: readonly Write[]): Promise<void> => {
  await tidyMetadata(files, out)
  const wanted = new Set(bundles.map(({ path }) => path))
  for (const path of await treeOf(files, join(out, TARGETS))) {
    const file = join(out, TARGETS, path)
    const ours = /\/([0-9a-f]{64})\.\1\.s2m$/.test(finished(path))
    if (ours && !wanted.has(file)) await files.remove(file)
  }
}
