import { join } from 'node:path'
import { type Key, Root, Targets } from '@tufjs/models'
import { Role } from '@tufjs/models/dist/role.js'
import { Failure } from '../failures.js'
import { putAll } from './change.js'
import { makeFolder, makeFolders, type Write } from './files.js'
import { signers } from './key-ring.js'
import { inMetadata, METADATA, metadataFile, SETTINGS_FILE, TIMESTAMP_FILE, type TopRole, topRoles } from './layout.js'
import { expiry, metaOf, renewed, SPEC, seal } from './metadata.js'
import type { Workplace } from './open.js'
import { type Days, defaultDays, settingsBytes } from './settings.js'

/** Who may sign for one role. */
export interface RoleKeys {
  readonly keys: readonly Key[]
  readonly threshold: number
}

/** Keys of one role at most: a root that names more is a mistake. */
export const MAX_KEYS = 16

/**
 * Makes an empty repository: version 1 of everything, signed with the keys that the ring holds. The folder above must be there. Where an earlier
 * attempt was cut short it begins anew.
 * @param first put in place before anything else: the key files
 * @throws Failure REPOSITORY_INVALID where there is one already, USAGE for thresholds that cannot be met, KEY_MISSING, FILE_FAILED
 */
export const createRepository = async (
  { files, directory, ring, nowMs }: Workplace,
  roles: Readonly<Record<TopRole, RoleKeys>>,
  { days = defaultDays, first = [] }: { readonly days?: Days; readonly first?: readonly Write[] } = {},
): Promise<void> => {
  await makeFolder(files, directory)
  if ((await files.read(inMetadata(directory, TIMESTAMP_FILE))) !== null)
    throw new Failure('REPOSITORY_INVALID', {
      where: directory,
      seen: 'a repository',
      allowed: 'a folder without one',
      cure: 'choose another folder',
    })
  refuseOddRoles(roles)
  const root = new Root({
    version: 1,
    specVersion: SPEC,
    expires: expiry(nowMs, days.root),
    keys: Object.fromEntries(topRoles.flatMap((role) => roles[role].keys.map((key) => [key.keyID, key]))),
    roles: Object.fromEntries(topRoles.map((role) => [role, roleFor(roles[role])])),
    consistentSnapshot: true,
  })
  const keysOf = (role: TopRole) => signers(ring, role, roleFor(roles[role]))
  const targets = seal(new Targets({ version: 1, specVersion: SPEC, expires: expiry(nowMs, days.targets) }), await keysOf('targets'))
  const snapshot = seal(renewed.snapshot({ 'targets.json': metaOf(1, targets.bytes) }, 1, expiry(nowMs, days.snapshot)), await keysOf('snapshot'))
  const timestamp = seal(renewed.timestamp(metaOf(1, snapshot.bytes), 1, expiry(nowMs, days.timestamp)), await keysOf('timestamp'))
  const sealedRoot = seal(root, await keysOf('root'))
  await makeFolders(files, directory, METADATA)
  await putAll({ files, directory }, [
    ...first,
    { path: join(directory, SETTINGS_FILE), bytes: settingsBytes({ format: 1, days, nextSeq: 1 }) },
    ...Object.entries({ root: sealedRoot, targets, snapshot }).map(([role, { bytes }]) => ({
      path: inMetadata(directory, metadataFile(role, 1)),
      bytes,
    })),
    { path: inMetadata(directory, TIMESTAMP_FILE), bytes: timestamp.bytes },
  ])
}

const roleFor = ({ keys, threshold }: RoleKeys): Role => new Role({ keyIDs: keys.map(({ keyID }) => keyID), threshold })

const refuseOddRoles = (roles: Readonly<Record<TopRole, RoleKeys>>): void => {
  for (const role of topRoles) {
    const { keys, threshold } = roles[role]
    const different = new Set(keys.map(({ keyID }) => keyID)).size
    if (different !== keys.length) throw new Failure('USAGE', { where: role, seen: 'the same key twice', allowed: 'each key once' })
    if (!Number.isInteger(threshold) || threshold < 1 || threshold > keys.length || keys.length > MAX_KEYS)
      throw new Failure('USAGE', {
        where: role,
        seen: `${keys.length} keys of which ${threshold} must sign`,
        allowed: `1 to ${MAX_KEYS} keys, of which 1 up to all must sign`,
      })
  }
}
