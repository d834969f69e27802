import { createHash } from 'node:crypto'
import { Metadata, MetadataKind, MetaFile, Root, Snapshot, Targets, Timestamp } from '@tufjs/models'
import { Delegations } from '@tufjs/models/dist/delegations.js'
import { DelegatedRole, Role } from '@tufjs/models/dist/role.js'
import { z } from 'zod'
import { Failure } from '../failures.js'
import type { SigningKey } from './keys.js'

export type Content = Root | Targets | Snapshot | Timestamp

/** Signed metadata, and the very bytes that hold them. */
export interface Sealed<T extends Content> {
  readonly metadata: Metadata<T>
  readonly bytes: Uint8Array
}

/** Version of the TUF specification that is written. */
export const SPEC = '1.0.31'
/** Milliseconds of a day. */
export const DAY_MS = 86_400_000

/** Signs with every key given, whether or not anybody will accept it. */
export const seal = <T extends Content>(content: T, keys: readonly SigningKey[]): Sealed<T> => {
  const metadata = new Metadata(content)
  for (const key of keys) metadata.sign((bytes) => key.sign(bytes))
  return { metadata, bytes: Buffer.from(`${JSON.stringify(metadata.toJSON(), null, 1)}\n`) }
}

/** The time as TUF writes it: UTC in whole seconds. */
export const expiry = (nowMs: number, days: number): string => new Date(nowMs + days * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z')

/** What names these bytes in the metadata above them: the version alone would let a server mix files of different times. */
export const metaOf = (version: number, bytes: Uint8Array): MetaFile =>
  new MetaFile({ version, length: bytes.length, hashes: { sha256: createHash('sha256').update(bytes).digest('hex') } })

/** The same content under another version and expiry. */
export const renewed = {
  root: ({ keys, roles }: Root, version: number, expires: string): Root =>
    new Root({ version, specVersion: SPEC, expires, keys, roles, consistentSnapshot: true }),
  targets: (old: Targets, version: number, expires: string, change: Partial<Pick<Targets, 'targets' | 'delegations'>> = {}): Targets => {
    const delegations = change.delegations ?? old.delegations
    return new Targets({ version, specVersion: SPEC, expires, targets: change.targets ?? old.targets, ...(delegations ? { delegations } : {}) })
  },
  snapshot: (meta: Record<string, MetaFile>, version: number, expires: string): Snapshot =>
    new Snapshot({ version, specVersion: SPEC, expires, meta }),
  timestamp: (snapshotMeta: MetaFile, version: number, expires: string): Timestamp =>
    new Timestamp({ version, specVersion: SPEC, expires, snapshotMeta }),
}

/** A root with other keys in one of its roles. Keys that no role names any more leave it. */
export const rootWith = (root: Root, role: string, keyIDs: string[], added: Root['keys'] = {}): Root => {
  const old = root.roles[role]
  const roles = { ...root.roles, [role]: new Role({ keyIDs, threshold: old?.threshold ?? 1 }) }
  const named = new Set(Object.values(roles).flatMap((each) => each.keyIDs))
  const keys = Object.fromEntries(Object.entries({ ...root.keys, ...added }).filter(([id]) => named.has(id)))
  return new Root({ version: root.version, specVersion: SPEC, expires: root.expires, keys, roles, consistentSnapshot: true })
}

/** Delegations in which `line` is signed for by `keyIDs`, beside all others. Terminating: nobody else may answer for the line. */
export const delegationsWith = (
  old: Delegations | undefined,
  line: string,
  { keyIDs, threshold, paths }: { readonly keyIDs: string[]; readonly threshold: number; readonly paths: string[] },
  added: Delegations['keys'] = {},
): Delegations => {
  const roles = { ...old?.roles, [line]: new DelegatedRole({ name: line, keyIDs, threshold, terminating: true, paths }) }
  const named = new Set(Object.values(roles).flatMap((each) => each.keyIDs))
  return new Delegations({ roles, keys: Object.fromEntries(Object.entries({ ...old?.keys, ...added }).filter(([id]) => named.has(id))) })
}

export const readRoot = (bytes: Uint8Array, where: string): Sealed<Root> => opened(bytes, where, (json) => Metadata.fromJSON(MetadataKind.Root, json))
export const readTargets = (bytes: Uint8Array, where: string): Sealed<Targets> =>
  opened(bytes, where, (json) => Metadata.fromJSON(MetadataKind.Targets, json))
export const readSnapshot = (bytes: Uint8Array, where: string): Sealed<Snapshot> =>
  opened(bytes, where, (json) => Metadata.fromJSON(MetadataKind.Snapshot, json))
export const readTimestamp = (bytes: Uint8Array, where: string): Sealed<Timestamp> =>
  opened(bytes, where, (json) => Metadata.fromJSON(MetadataKind.Timestamp, json))

/** Whether `signed` bears enough valid signatures of the role, as `above` (root, or the targets that delegate) names it. */
export const isSignedFor = (above: Metadata<Root> | Metadata<Targets>, role: string, signed: Metadata<Content>): boolean => {
  try {
    above.verifyDelegate(role, signed)
    return true
  } catch {
    return false
  }
}

const document = z.record(z.string(), z.json())

const opened = <T extends Content>(bytes: Uint8Array, where: string, read: (json: z.output<typeof document>) => Metadata<T>): Sealed<T> => {
  try {
    return { metadata: read(document.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))), bytes }
  } catch (cause) {
    throw new Failure('REPOSITORY_INVALID', {
      where,
      seen: cause instanceof Error ? cause.message : String(cause),
      allowed: 'signed metadata of TUF',
      cure: 'take the folder from a backup, or from the medium that it was copied to',
      cause,
    })
  }
}
