import { join } from 'node:path'
import { UNFINISHED } from '../durable-files.js'
import { Failure, isFailure } from '../failures.js'
import type { Files, Write } from './files.js'
import { openKey, type SigningKey } from './keys.js'
import { pemOf } from './sealed-pem.js'

/** Where private keys are looked for. */
export interface KeyRing {
  /** For messages. */
  readonly where: string
  /** Null: not here. @throws Failure KEY_LOCKED */
  find(id: string): Promise<SigningKey | null>
}

/** Hex digits of the key id in a file name: enough to tell keys apart, short enough to be read out. */
const NAME_DIGITS = 16
/** Rights of a private key file: its owner alone. */
const PRIVATE_MODE = 0o600

/** Keys at hand, in their order of rings. */
export const joinedRing = (...rings: readonly KeyRing[]): KeyRing => ({
  where: rings
    .map(({ where }) => where)
    .filter((where) => where !== '')
    .join(', '),
  find: async (id) => {
    for (const ring of rings) {
      const key = await ring.find(id)
      if (key !== null) return key
    }
    return null
  },
})

/** Keys in memory: those just made, and those of tests. */
export const memoryRing = (keys: Iterable<SigningKey>): KeyRing => {
  const byId = new Map([...keys].map((key) => [key.id, key]))
  return { where: '', find: async (id) => byId.get(id) ?? null }
}

/** Key files of one folder. Each is opened once at most, and only when it is needed. */
export const folderRing = (files: Files, folder: string, passphrase: () => Promise<string | null>): KeyRing => {
  const opened = new Map<string, Promise<SigningKey | null>>()
  const search = async (id: string): Promise<SigningKey | null> => {
    const name = (await files.list(folder)).find(
      (candidate) => candidate.endsWith(`-${id.slice(0, NAME_DIGITS)}.pem`) && !candidate.endsWith(UNFINISHED),
    )
    if (name === undefined) return null
    const path = join(folder, name)
    const bytes = await files.read(path)
    if (bytes === null) return null
    const { signing } = await openKey(Buffer.from(bytes).toString('utf8'), path, passphrase)
    return signing?.id === id ? signing : null
  }
  return {
    where: folder,
    find: (id) => {
      const known = opened.get(id) ?? search(id)
      opened.set(id, known)
      return known
    },
  }
}

/** The file that a key is kept in, locked if there is a passphrase. */
export const keyFile = (folder: string, role: string, key: SigningKey, passphrase: string | null): Write => ({
  path: join(folder, keyFileName(role, key.id)),
  bytes: Buffer.from(pemOf(key.privateKey, passphrase)),
  mode: PRIVATE_MODE,
})

export const keyFileName = (role: string, id: string): string => `${role}-${id.slice(0, NAME_DIGITS)}.pem`

/**
 * The keys that sign for a role: all of those that are here, and of `helpful` too. A key that does not open counts as one that is not here.
 * @throws Failure KEY_MISSING or KEY_LOCKED where they are fewer than the threshold; nothing has been written then
 */
export const signers = async (
  ring: KeyRing,
  name: string,
  role: { readonly keyIDs: readonly string[]; readonly threshold: number },
  helpful: readonly string[] = [],
): Promise<readonly SigningKey[]> => {
  const lockedKeys: unknown[] = []
  const look = async (ids: readonly string[]): Promise<readonly SigningKey[]> => {
    const found: SigningKey[] = []
    for (const id of ids) {
      const key = await ring.find(id).catch((error: unknown) => {
        if (!isFailure(error, 'KEY_LOCKED')) throw error
        lockedKeys.push(error)
        return null
      })
      if (key !== null) found.push(key)
    }
    return found
  }
  const own = await look(role.keyIDs)
  if (own.length < role.threshold) throw lockedKeys[0] ?? missing(ring, name, role, own)
  return [...own, ...(await look([...new Set(helpful)].filter((id) => !role.keyIDs.includes(id))))]
}

const missing = (
  ring: KeyRing,
  name: string,
  { keyIDs, threshold }: { readonly keyIDs: readonly string[]; readonly threshold: number },
  own: readonly SigningKey[],
): Failure => {
  const absent = keyIDs.filter((id) => !own.some((key) => key.id === id))
  return new Failure('KEY_MISSING', {
    where: `role ${name}`,
    seen: `${own.length} of ${threshold} needed in ${ring.where || 'memory'}`,
    allowed: `${threshold - own.length} more of ${absent.map((id) => keyFileName(name, id)).join(', ') || 'no key: the role has none left'}`,
    cure: 'bring the medium that holds it and name its folder with --keys',
  })
}
