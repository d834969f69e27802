import type { Root, Snapshot, Targets, Timestamp } from '@tufjs/models'
import { Failure, isFailure } from '../failures.js'
import type { Write } from './files.js'
import { signers } from './key-ring.js'
import { metadataFile, type TopRole } from './layout.js'
import { expiry, isSignedFor, metaOf, renewed, type Sealed, seal } from './metadata.js'
import type { Repository, Workplace } from './open.js'

/** What a command wants to be different. Content comes with its new version and expiry. */
export interface Change {
  readonly root?: Root
  readonly targets?: Targets
  readonly lines?: ReadonlyMap<string, Targets>
  readonly nextSeq?: number
  /** Put in place before any metadata: new keys, a bundle. */
  readonly first?: readonly Write[]
  /** Which of the online roles are written anew; `snapshot` means the timestamp too. */
  readonly renew: 'nothing' | 'timestamp' | 'snapshot'
  /** Where the online keys are not here, leave their part to `repo refresh` on the machine that has them. */
  readonly patient?: boolean
}

/** The whole of the metadata after a change. */
export interface Signed {
  readonly root: Sealed<Root>
  readonly targets: Sealed<Targets>
  readonly lines: ReadonlyMap<string, Sealed<Targets>>
  /** Null: left to `repo refresh`. */
  readonly online: { readonly snapshot: Sealed<Snapshot>; readonly timestamp: Sealed<Timestamp> } | null
}

/**
 * Signs what a change asks for, and writes nothing. Keys that a role had in former roots sign beside those of now where they are at hand: then
 * the metadata verify before and after the new root appears.
 * @throws Failure KEY_MISSING or KEY_LOCKED, REPOSITORY_INVALID where the whole would not verify
 */
export const sign = async (place: Workplace, repository: Repository, change: Change): Promise<Signed> => {
  const { ring } = place
  const root = change.root ? seal(change.root, await rootSigners(place, repository, change.root)) : repository.root
  const topSigners = (role: TopRole) =>
    signers(
      ring,
      role,
      roleOf(root.metadata.signed, role),
      repository.roots.flatMap(({ metadata }) => roleOf(metadata.signed, role).keyIDs),
    )
  const targets = change.targets ? seal(change.targets, await topSigners('targets')) : repository.targets
  const lines = new Map(repository.lines)
  for (const [line, content] of change.lines ?? []) {
    const former = repository.targets.metadata.signed.delegations?.roles?.[line]?.keyIDs
    lines.set(line, seal(content, await signers(ring, line, lineRole(targets.metadata.signed, line), former)))
  }
  const whole = { root, targets, lines, online: await online(place, repository, change, { root, targets, lines }, topSigners) }
  refuseUnsound(whole)
  return whole
}

/** @throws Failure INVARIANT for a role that the root lacks: the library refuses such a root. */
export const roleOf = (root: Root, role: string): { readonly keyIDs: string[]; readonly threshold: number } => {
  const found = root.roles[role]
  if (found) return found
  throw new Failure('INVARIANT', { where: 'root.json', seen: `no role ${role}` })
}

/** @throws Failure USAGE for a line that nothing is delegated to. */
export const lineRole = (targets: Targets, line: string): { readonly keyIDs: string[]; readonly threshold: number; readonly paths?: string[] } => {
  const found = targets.delegations?.roles?.[line]
  if (found) return found
  const lines = Object.keys(targets.delegations?.roles ?? {})
  throw new Failure('USAGE', {
    where: 'line',
    seen: `"${line}", which has no keys of its own`,
    allowed: lines.join(', ') || 'none yet',
    cure: `repo delegate DIR ${line}`,
  })
}

/** A root is signed by the threshold of the root before it and by its own (TUF specification 1.0, section 5.3.4). */
const rootSigners = async ({ ring }: Workplace, { root }: Repository, next: Root) => {
  const before = await signers(ring, 'root', roleOf(root.metadata.signed, 'root'))
  const after = await signers(ring, 'root', roleOf(next, 'root'))
  return [...before, ...after.filter((key) => !before.some(({ id }) => id === key.id))]
}

const online = async (
  place: Workplace,
  repository: Repository,
  change: Change,
  { targets, lines }: Pick<Signed, 'root' | 'targets' | 'lines'>,
  topSigners: (role: TopRole) => ReturnType<typeof signers>,
): Promise<Signed['online']> => {
  const { days } = repository.settings
  if (change.renew === 'nothing') return repository
  try {
    const timestampKeys = await topSigners('timestamp')
    const meta = Object.fromEntries(
      [...lines, ['targets', targets] as const].map(([role, { metadata, bytes }]) => [`${role}.json`, metaOf(metadata.signed.version, bytes)]),
    )
    const snapshot =
      change.renew === 'timestamp'
        ? repository.snapshot
        : seal(renewed.snapshot(meta, repository.nextVersion('snapshot'), expiry(place.nowMs, days.snapshot)), await topSigners('snapshot'))
    const named = metaOf(snapshot.metadata.signed.version, snapshot.bytes)
    return {
      snapshot,
      timestamp: seal(renewed.timestamp(named, repository.nextVersion('timestamp'), expiry(place.nowMs, days.timestamp)), timestampKeys),
    }
  } catch (error) {
    if (change.patient && isFailure(error, 'KEY_MISSING')) return null
    throw error
  }
}

/** What is not signed by those who must is never written: agents would refuse all of it. */
const refuseUnsound = ({ root, targets, lines, online }: Signed): void => {
  const top = [
    ['targets', targets],
    ...(online
      ? ([
          ['snapshot', online.snapshot],
          ['timestamp', online.timestamp],
        ] as const)
      : []),
  ] as const
  const unsigned = [
    ...top.filter(([role, { metadata }]) => !isSignedFor(root.metadata, role, metadata)),
    ...[...lines].filter(([line, { metadata }]) => !isSignedFor(targets.metadata, line, metadata)),
  ]
  for (const [role, { metadata }] of unsigned)
    throw new Failure('REPOSITORY_INVALID', {
      where: metadataFile(role, metadata.signed.version),
      seen: 'too few signatures of the keys that the role has now',
      cure: `sign it anew: repo refresh DIR --role ${role}`,
    })
}
