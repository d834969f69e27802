import type { Targets } from '@tufjs/models'
import { carryOut, type Outcome } from './change.js'
import { expiry, renewed } from './metadata.js'
import { openRepository, type Workplace } from './open.js'
import { lineRole } from './signing.js'

/**
 * Snapshot and timestamp anew, and with them in force what was signed elsewhere: needs the online keys alone. `roles` are signed anew too, with
 * a new expiry and the same content: `root`, `targets` or lines, each with its own keys.
 * @throws Failure USAGE (no such role), KEY_MISSING, KEY_LOCKED, REPOSITORY_INVALID, FILE_FAILED
 */
export const refresh = async (place: Workplace, roles: readonly string[] = []): Promise<Outcome> => {
  const repository = await openRepository(place)
  const { days } = repository.settings
  const root = repository.root.metadata.signed
  const targets = repository.targets.metadata.signed
  const again = (role: string, old: Targets): Targets => renewed.targets(old, repository.nextVersion(role), expiry(place.nowMs, days.targets))
  const lines = new Map<string, Targets>()
  for (const role of roles.filter((name) => !['root', 'targets', 'snapshot', 'timestamp'].includes(name))) {
    lineRole(targets, role)
    lines.set(role, again(role, repository.lines.get(role)?.metadata.signed ?? targets))
  }
  return carryOut(place, repository, {
    ...(roles.includes('root') ? { root: renewed.root(root, repository.nextVersion('root'), expiry(place.nowMs, days.root)) } : {}),
    ...(roles.includes('targets') ? { targets: again('targets', targets) } : {}),
    lines,
    renew: 'snapshot',
  })
}
