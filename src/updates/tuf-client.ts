import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Metadata, MetadataKind, type Root, type Snapshot, type TargetFile, type Targets, type Timestamp } from '@tufjs/models'
import { Updater } from 'tuf-js'
import { z } from 'zod'
import { asFailure, Failure, isFailure } from '../failures.js'
import { MAX_LINES, MAX_METADATA_BYTES, MAX_ROOT_ROTATIONS } from './limits.js'
import type { MetadataFiles } from './metadata-folder.js'
import type { Mirror } from './mirror.js'
import { MirrorFetcher, REPOSITORY_URL } from './mirror-fetcher.js'
import { lineName, linePattern } from './paths.js'
import { trustFailure } from './trust-failure.js'

/** What tuf-js has found to be true. */
export interface Verified {
  readonly root: Root
  readonly timestamp: Timestamp
  readonly snapshot: Snapshot
  readonly targets: Targets
  /** Lists of the product lines that have keys of their own; a failure where a list is not to be believed. */
  readonly lines: ReadonlyMap<string, Targets | Failure>
  /** The bytes of all that was verified, to be trusted next time. */
  readonly files: MetadataFiles
  /** What tuf-js gives for a path: from the role that may speak for it. Undefined: nobody who may lists it. */
  resolve(path: string): Promise<TargetFile | undefined>
}

const topRoles = ['root', 'timestamp', 'snapshot', 'targets'] as const
/** Codes for which one line alone is left out; a network that fails is a matter of the whole. */
const OF_A_LINE = [
  'TRUST_ROLLBACK',
  'TRUST_EXPIRED',
  'TRUST_MIXED',
  'TRUST_THRESHOLD',
  'TRUST_LENGTH',
  'TRUST_HASH',
  'TRUST_PATH',
  'REPOSITORY_INVALID',
  'NOT_FOUND',
] as const

/**
 * One refresh by tuf-js, which writes to its folder as it goes and not durably: it works on a copy, and what it left there is handed back.
 * Time is that of the machine.
 * @param scratch a real folder that this alone uses; emptied first
 * @param onRoot hears of a newer root even where the rest fails: keys that it takes back stay taken back
 * @throws Failure TRUST_* by what is wrong, NOT_FOUND, NETWORK_FAILED, STORE_FAILED, REPOSITORY_INVALID, ABORTED,
 * CONFIG_INVALID for a root to begin with that is none
 */
export const refreshMetadata = async ({
  files,
  scratch,
  mirror,
  where,
  signal,
  onRoot,
}: {
  readonly files: MetadataFiles
  readonly scratch: string
  readonly mirror: Mirror
  readonly where: string
  readonly signal: AbortSignal
  onRoot(root: Uint8Array): Promise<void>
}): Promise<Verified> => {
  await copyOut(files, scratch)
  await mirror.clearMetadata()
  const fetcher = new MirrorFetcher(mirror, signal)
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    fetcher.begin()
    try {
      return await work()
    } catch (error) {
      throw trustFailure(error, fetcher, where)
    }
  }
  const updater = begun(scratch, fetcher)
  try {
    await guarded(() => updater.refresh())
  } catch (error) {
    const root = await readFile(join(scratch, 'root.json'))
    if (Buffer.compare(root, files.get('root') ?? new Uint8Array()) !== 0) await onRoot(root)
    throw error
  }
  const read = async (role: string): Promise<Uint8Array> => new Uint8Array(await readFile(join(scratch, `${role}.json`)))
  const top = new Map(await Promise.all(topRoles.map(async (role) => [role, await read(role)] as const)))
  const bytesOf = (role: (typeof topRoles)[number]): Uint8Array => top.get(role) ?? new Uint8Array()
  const targets = Metadata.fromJSON(MetadataKind.Targets, json(bytesOf('targets'))).signed
  const lines = new Map<string, Targets | Failure>()
  const kept = new Map<string, Uint8Array>(top)
  for (const line of linesOf(targets, where)) {
    try {
      // The list of a line is loaded when something of it is asked for; no bundle has this name.
      await guarded(() => updater.getTargetInfo(`${line}/-/-`))
      const bytes = await read(line)
      const list = Metadata.fromJSON(MetadataKind.Targets, json(bytes)).signed
      kept.set(line, bytes)
      lines.set(line, list.delegations === undefined ? list : handsOn(line, where))
    } catch (error) {
      if (!isFailure(error, ...OF_A_LINE)) throw asFailure(error, 'REPOSITORY_INVALID', where)
      lines.set(line, error)
    }
  }
  return {
    root: Metadata.fromJSON(MetadataKind.Root, json(bytesOf('root'))).signed,
    timestamp: Metadata.fromJSON(MetadataKind.Timestamp, json(bytesOf('timestamp'))).signed,
    snapshot: Metadata.fromJSON(MetadataKind.Snapshot, json(bytesOf('snapshot'))).signed,
    targets,
    lines,
    files: kept,
    resolve: (path) => guarded(() => updater.getTargetInfo(path)),
  }
}

const begun = (scratch: string, fetcher: MirrorFetcher): Updater => {
  try {
    return new Updater({ metadataDir: scratch, metadataBaseUrl: REPOSITORY_URL, fetcher, config: LIMITS })
  } catch (cause) {
    // What was stored has been checked: only the root that the agent was given can be wrong.
    throw new Failure('CONFIG_INVALID', {
      where: 'updates.root',
      seen: cause instanceof Error ? cause.message : String(cause),
      allowed: 'the root.json of a repository',
      cure: 'take the file that "repo init" names, or 1.root.json of the published folder if you trust it',
      cause,
    })
  }
}

const LIMITS = {
  maxRootRotations: MAX_ROOT_ROTATIONS,
  maxDelegations: MAX_LINES,
  rootMaxLength: MAX_METADATA_BYTES,
  timestampMaxLength: MAX_METADATA_BYTES,
  snapshotMaxLength: MAX_METADATA_BYTES,
  targetsMaxLength: MAX_METADATA_BYTES,
}

const copyOut = async (files: MetadataFiles, scratch: string): Promise<void> => {
  try {
    await rm(scratch, { recursive: true, force: true })
    await mkdir(scratch, { recursive: true })
    for (const [role, bytes] of files) await writeFile(join(scratch, `${role}.json`), bytes)
  } catch (cause) {
    throw asFailure(cause, 'STORE_FAILED', scratch)
  }
}

const document = z.record(z.string(), z.json())
const json = (bytes: Uint8Array): z.output<typeof document> => document.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))

const handsOn = (line: string, where: string): Failure =>
  new Failure('TRUST_PATH', {
    where: `${where}: ${line}.json`,
    seen: 'a delegation by a line',
    allowed: 'bundles alone',
    cure: `tell whoever publishes the models: the key of ${line} was not used by "repo add"`,
  })

/**
 * The lines that the signed targets delegate to: each to a role of its own name, for its own paths alone, as `repo delegate` writes it.
 * @throws Failure TRUST_PATH for any other delegation
 */
const linesOf = ({ delegations }: Targets, where: string): readonly string[] => {
  const roles = Object.entries(delegations?.roles ?? {})
  if (delegations?.succinctRoles !== undefined || roles.length > MAX_LINES)
    throw new Failure('TRUST_PATH', { where, seen: `${roles.length || 'hashed'} delegations`, allowed: `up to ${MAX_LINES}, each to a line` })
  return roles.map(([name, role]) => {
    const line = lineName(name, where)
    const own = role.paths?.length === 1 && role.paths[0] === linePattern(line)
    if (!own)
      throw new Failure('TRUST_PATH', {
        where: `${where}: line ${line}`,
        seen: `a delegation of ${role.paths?.join(', ') ?? 'hashed paths'}`,
        allowed: linePattern(line),
        cure: 'tell whoever publishes the models: the delegation was not made by "repo delegate"',
      })
    return line
  })
}
