import type { Root, Snapshot, Targets, Timestamp } from '@tufjs/models'
import type { SigningKey } from '../../src/repository/keys.js'
import { metaOf, readRoot, readSnapshot, readTargets, readTimestamp, renewed, type Sealed, seal } from '../../src/repository/metadata.js'
import type { Rig } from './update-rig.js'

/** The newest metadata of a published folder, of the line `tablets` too. */
export interface Current {
  readonly root: Sealed<Root>
  readonly targets: Sealed<Targets>
  readonly line: Sealed<Targets>
  readonly snapshot: Sealed<Snapshot>
  readonly timestamp: Sealed<Timestamp>
}

export const current = async ({ read }: Rig): Promise<Current> => {
  const timestamp = readTimestamp(await read('metadata/timestamp.json'), 'timestamp')
  const snapshot = readSnapshot(await read(`metadata/${timestamp.metadata.signed.snapshotMeta.version}.snapshot.json`), 'snapshot')
  const named = (file: string): number => snapshot.metadata.signed.meta[file]?.version ?? 0
  const targets = readTargets(await read(`metadata/${named('targets.json')}.targets.json`), 'targets')
  const line = readTargets(await read(`metadata/${named('tablets.json')}.tablets.json`), 'tablets')
  let version = 1
  while ((await read(`metadata/${version + 1}.root.json`)).length > 0) version++
  return { root: readRoot(await read(`metadata/${version}.root.json`), 'root'), targets, line, snapshot, timestamp }
}

/** How a role is signed: what is left out is as an honest author would do it next. */
export interface Signing {
  readonly version?: number
  readonly expires?: string
  readonly keys?: readonly SigningKey[]
}

/** A whole chain of metadata, as whoever holds the keys that are named could make it. */
export interface Forgery {
  readonly targets?: Sealed<Targets>
  readonly line?: Sealed<Targets>
  readonly snapshot?: Signing
  readonly timestamp?: Signing
}

/** Lets the server of the rig answer with these lists, and with a snapshot and a timestamp that name them. */
export const forge = async (rig: Rig, { targets, line, snapshot = {}, timestamp = {} }: Forgery): Promise<void> => {
  const now = await current(rig)
  const lists = { targets: targets ?? now.targets, tablets: line ?? now.line }
  const meta = Object.fromEntries(
    Object.entries(lists).map(([role, { metadata, bytes }]) => [`${role}.json`, metaOf(metadata.signed.version, bytes)]),
  )
  const old = now.snapshot.metadata.signed
  const made = seal(renewed.snapshot(meta, snapshot.version ?? old.version + 1, snapshot.expires ?? old.expires), snapshot.keys ?? rig.keys.snapshot)
  const before = now.timestamp.metadata.signed
  const top = renewed.timestamp(
    metaOf(made.metadata.signed.version, made.bytes),
    timestamp.version ?? before.version + 1,
    timestamp.expires ?? before.expires,
  )
  for (const [role, { metadata, bytes }] of Object.entries({ ...lists, snapshot: made }))
    rig.lies.set(`metadata/${metadata.signed.version}.${role}.json`, bytes)
  rig.lies.set('metadata/timestamp.json', seal(top, timestamp.keys ?? rig.keys.timestamp).bytes)
}

/** A list with other content, signed. */
export const relisted = (
  { metadata: { signed } }: Sealed<Targets>,
  keys: readonly SigningKey[],
  change: Partial<Pick<Targets, 'targets' | 'delegations'>> & { readonly version?: number; readonly expires?: string } = {},
): Sealed<Targets> => seal(renewed.targets(signed, change.version ?? signed.version + 1, change.expires ?? signed.expires, change), keys)
