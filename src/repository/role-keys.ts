import type { Key, Targets } from '@tufjs/models'
import { Failure } from '../failures.js'
import { carryOut, type Outcome } from './change.js'
import type { Write } from './files.js'
import { isOnline, isTopRole } from './layout.js'
import { delegationsWith, expiry, renewed, rootWith } from './metadata.js'
import { openRepository, type Repository, type Workplace } from './open.js'
import { type Change, lineRole, roleOf } from './signing.js'

export interface Rotated extends Outcome {
  /** Key id that no longer counts. */
  readonly dropped: string
  /** Version of the root in force. */
  readonly root: number
}

/**
 * Puts a new key in the place of one of a role's. Root, targets, snapshot, timestamp: a new root, signed by enough keys of the old and of the new
 * one. A line: new targets. What the role has signed is signed anew, by the old key too where that is at hand.
 * @param drop the key to replace; null: the only one that the role has
 * @throws Failure USAGE (no such role or key, or `drop` needed), KEY_MISSING, KEY_LOCKED, FILE_FAILED
 */
export const rotate = async (place: Workplace, role: string, drop: string | null, added: Key, first: readonly Write[] = []): Promise<Rotated> => {
  const repository = await openRepository(place)
  const { keyIDs } = currentRole(repository, role)
  const dropped = drop === null && keyIDs.length === 1 ? keyIDs[0] : keyIDs.find((id) => drop !== null && id.startsWith(drop))
  if (dropped === undefined)
    throw new Failure('USAGE', {
      where: `role ${role}`,
      seen: drop === null ? `${keyIDs.length} keys` : `no key ${drop}`,
      allowed: `--key with the beginning of one of ${keyIDs.join(', ')}`,
    })
  const edits = new Map([[role, [...keyIDs.filter((id) => id !== dropped), added.keyID]]])
  const change = withKeys(place, repository, edits, { [added.keyID]: added })
  const outcome = await carryOut(place, repository, { ...change, first })
  return { ...outcome, dropped, root: change.root?.version ?? repository.root.metadata.signed.version }
}

/**
 * Takes a key out of every role that has it, and signs anew what those roles have signed.
 * @throws Failure USAGE (no role has it), REQUEST_INVALID where a role would be left with fewer keys than must sign, KEY_MISSING, KEY_LOCKED, FILE_FAILED
 */
export const revokeKey = async (place: Workplace, id: string): Promise<Rotated & { readonly roles: readonly string[] }> => {
  const repository = await openRepository(place)
  const all = [...Object.keys(repository.root.metadata.signed.roles), ...repository.lines.keys()].map((role) => ({
    role,
    ...currentRole(repository, role),
  }))
  const matching = [...new Set(all.flatMap(({ keyIDs }) => keyIDs.filter((each) => each.startsWith(id))))]
  const [dropped] = matching
  if (dropped === undefined || matching.length > 1)
    throw new Failure('USAGE', {
      where: 'key',
      seen: `"${id}", which ${matching.length} keys begin with`,
      allowed: 'the id of one key, or how it begins; "repo verify" lists them',
    })
  const edits = new Map<string, string[]>()
  for (const { role, keyIDs, threshold } of all.filter((each) => each.keyIDs.includes(dropped))) {
    if (keyIDs.length <= threshold)
      throw new Failure('REQUEST_INVALID', {
        where: `role ${role}`,
        seen: `${keyIDs.length} keys, of which ${threshold} must sign`,
        allowed: 'a role keeps as many keys as must sign',
        cure: `put a new key in its place: repo rotate DIR ${role} --key ${dropped.slice(0, 16)}`,
      })
    edits.set(
      role,
      keyIDs.filter((each) => each !== dropped),
    )
  }
  const change = withKeys(place, repository, edits, {})
  const outcome = await carryOut(place, repository, change)
  return { ...outcome, dropped, roles: [...edits.keys()], root: change.root?.version ?? repository.root.metadata.signed.version }
}

/** Keys and threshold that a role has now, be it one of the root's or a line. @throws Failure USAGE */
export const currentRole = ({ root, targets }: Repository, role: string): { readonly keyIDs: string[]; readonly threshold: number } =>
  isTopRole(role) ? roleOf(root.metadata.signed, role) : lineRole(targets.metadata.signed, role)

/** The change that gives roles other keys. */
const withKeys = ({ nowMs }: Workplace, repository: Repository, edits: ReadonlyMap<string, string[]>, added: Record<string, Key>): Change => {
  const { days } = repository.settings
  const roles = [...edits.keys()]
  const expires = expiry(nowMs, days.targets)
  let root = repository.root.metadata.signed
  let delegations = repository.targets.metadata.signed.delegations
  const lines = new Map<string, Targets>()
  for (const [role, keyIDs] of edits) {
    if (isTopRole(role)) root = rootWith(root, role, keyIDs, added)
    else {
      const { threshold, paths = [] } = lineRole(repository.targets.metadata.signed, role)
      delegations = delegationsWith(delegations, role, { keyIDs, threshold, paths }, added)
      const content = repository.lines.get(role)?.metadata.signed
      if (content) lines.set(role, renewed.targets(content, repository.nextVersion(role), expires))
    }
  }
  const signsTargets = roles.includes('targets') || lines.size > 0
  return {
    ...(roles.some(isTopRole) ? { root: renewed.root(root, repository.nextVersion('root'), expiry(nowMs, days.root)) } : {}),
    ...(signsTargets
      ? {
          targets: renewed.targets(
            repository.targets.metadata.signed,
            repository.nextVersion('targets'),
            expires,
            delegations ? { delegations } : {},
          ),
        }
      : {}),
    lines,
    renew: signsTargets || roles.includes('snapshot') ? 'snapshot' : roles.some(isOnline) ? 'timestamp' : 'nothing',
    // A new root and what it asks for appear together; a line's new key comes into force with the snapshot, whenever that is.
    patient: !roles.some(isTopRole),
  }
}
