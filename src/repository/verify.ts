import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { TargetFile } from '@tufjs/models'
import { Updater } from 'tuf-js'
import { Failure, type FailureCode, isFailure } from '../failures.js'
import { customOf } from './add.js'
import type { Custom } from './custom.js'
import type { Files } from './files.js'
import { FOLDER_URL, FolderFetcher } from './folder-fetcher.js'
import { BUNDLES, inMetadata, METADATA, metadataFile, publishedPath, targetParts, topRoles } from './layout.js'
import { readRoot, readSnapshot, readTargets, readTimestamp } from './metadata.js'
import { lineRole, roleOf } from './signing.js'

export interface VerifiedRole {
  readonly role: string
  readonly version: number
  readonly expiresMs: number
  readonly keys: readonly string[]
  readonly threshold: number
}

export interface Verified {
  readonly roles: readonly VerifiedRole[]
  readonly targets: readonly { readonly path: string; readonly bytes: number; readonly role: string; readonly custom: Custom | null }[]
}

/**
 * Goes through a repository as an agent would that has only a root: every root, role, line and bundle, by tuf-js. Works on the author's folder and
 * on a published one. Time is that of the machine, as tuf-js takes it.
 * @param root trusted to begin with; null: the first root of the folder itself
 * @throws Failure TRUST_EXPIRED, TRUST_THRESHOLD, TRUST_HASH, REPOSITORY_INVALID
 */
export const verify = async (files: Files, directory: string, root: Uint8Array | null): Promise<Verified> => {
  const first = inMetadata(directory, metadataFile('root', 1))
  const trusted = root ?? (await files.read(first))
  if (trusted === null)
    throw new Failure('REPOSITORY_INVALID', { where: first, seen: 'no such file', cure: 'name a folder that "repo init" or "repo publish" made' })
  const scratch = await mkdtemp(join(tmpdir(), 'spectro2mqtt-verify-'))
  try {
    readRoot(trusted, root ? 'the trusted root' : first)
    await writeFile(join(scratch, 'root.json'), trusted)
    const updater = new Updater({ metadataDir: scratch, metadataBaseUrl: `${FOLDER_URL}/${METADATA}`, fetcher: new FolderFetcher(files, directory) })
    await updater.refresh()
    return await everything(files, directory, updater, scratch)
  } catch (error) {
    throw isFailure(error) ? error : translated(error, directory)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** What the client has taken for true lies in `scratch`. */
const everything = async (files: Files, directory: string, updater: Updater, scratch: string): Promise<Verified> => {
  const accepted = async (role: string) => ({ bytes: await readFile(join(scratch, `${role}.json`)), where: metadataFileOf(directory, role) })
  const read = async <T>(role: string, parse: (bytes: Uint8Array, where: string) => T): Promise<T> => {
    const { bytes, where } = await accepted(role)
    return parse(bytes, where)
  }
  const root = (await read('root', readRoot)).metadata.signed
  const targets = (await read('targets', readTargets)).metadata.signed
  const signed = {
    root,
    targets,
    snapshot: (await read('snapshot', readSnapshot)).metadata.signed,
    timestamp: (await read('timestamp', readTimestamp)).metadata.signed,
  }
  const roles: VerifiedRole[] = topRoles.map((role) => verifiedRole(role, signed[role], roleOf(root, role)))
  const lists = [{ role: 'targets', content: targets }]
  for (const line of Object.keys(targets.delegations?.roles ?? {})) {
    // The client loads a line's metadata when it is asked for something of it: no bundle can have this name.
    await updater.getTargetInfo(`${line}/-/-`)
    const content = (await read(line, readTargets)).metadata.signed
    roles.push(verifiedRole(line, content, lineRole(targets, line)))
    lists.push({ role: line, content })
  }
  const published = (await files.list(join(directory, BUNDLES))).length === 0
  const verified: Verified['targets'][number][] = []
  for (const { role, content } of lists)
    for (const path of Object.keys(content.targets)) {
      const info = await updater.getTargetInfo(path)
      await checkBundle(files, directory, path, info, published)
      verified.push({ path, bytes: info?.length ?? 0, role, custom: customOf(content, path) })
    }
  return { roles, targets: verified }
}

const metadataFileOf = (directory: string, role: string): string => inMetadata(directory, `${role}.json`)

const verifiedRole = (
  role: string,
  { version, expires }: { readonly version: number; readonly expires: string },
  { keyIDs, threshold }: { readonly keyIDs: readonly string[]; readonly threshold: number },
): VerifiedRole => ({ role, version, expiresMs: Date.parse(expires), keys: keyIDs, threshold })

const checkBundle = async (files: Files, directory: string, path: string, info: TargetFile | undefined, published: boolean): Promise<void> => {
  const parts = targetParts(path)
  if (parts === null || info === undefined)
    throw new Failure('TRUST_PATH', {
      where: path,
      seen: info ? 'another form' : 'signed by a role that may not',
      allowed: '<line>/<id>/<sha256>.s2m',
    })
  const file = join(directory, published ? publishedPath(path, parts.sha256) : `${BUNDLES}/${path}`)
  const bytes = await files.read(file)
  if (bytes === null || info.hashes['sha256'] !== parts.sha256)
    throw new Failure('REPOSITORY_INVALID', {
      where: file,
      seen: bytes ? 'another hash than its name' : 'no such file',
      cure: 'add the bundle again, then publish',
    })
  await info.verify(Readable.from([bytes]))
}

/** tuf-js wraps what it finds into errors of one class, with the first error's text inside. */
const translated = (error: unknown, directory: string): Failure => {
  const seen = error instanceof Error ? error.message : String(error)
  const code = causes.find(([pattern]) => pattern.test(seen))?.[1] ?? 'REPOSITORY_INVALID'
  const cure = {
    TRUST_EXPIRED: 'sign it anew: repo refresh DIR (snapshot, timestamp), with --role for root, targets and lines; then publish',
    TRUST_THRESHOLD: 'sign it anew with the keys that the role has now: repo refresh DIR --role ROLE',
  }[String(code)]
  return new Failure(code, {
    where: directory,
    seen,
    cause: error,
    cure: cure ?? 'run the last command again, or publish again; else take the folder from a backup',
  })
}

const causes: readonly (readonly [RegExp, FailureCode])[] = [
  [/expired/, 'TRUST_EXPIRED'],
  [/was signed by \d+\/\d+ keys/, 'TRUST_THRESHOLD'],
  [/Expected (length|hash)|hash|length/i, 'TRUST_HASH'],
]
