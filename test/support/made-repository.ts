import { readFileSync } from 'node:fs'
import { createRepository } from '../../src/repository/create.js'
import type { Files } from '../../src/repository/files.js'
import { memoryRing } from '../../src/repository/key-ring.js'
import { makeKey, type SigningKey } from '../../src/repository/keys.js'
import type { TopRole } from '../../src/repository/layout.js'
import type { Workplace } from '../../src/repository/open.js'

/** A bundle as it ships. */
export const shippedBundle = (): Uint8Array => readFileSync(new URL('../../models/tablet-dose/tablet-dose.s2m', import.meta.url))

export interface MadeRepository {
  readonly place: Workplace
  readonly keys: Readonly<Record<TopRole, readonly SigningKey[]>>
  /** The same folder, with these keys at hand alone. */
  with(...keys: readonly SigningKey[]): Workplace
}

/** A new repository: two root keys of which both sign, one key for each other role, all at hand. */
export const madeRepository = async (files: Files, directory: string, nowMs = Date.now()): Promise<MadeRepository> => {
  const keys = { root: [makeKey(), makeKey()], targets: [makeKey()], snapshot: [makeKey()], timestamp: [makeKey()] }
  const withKeys = (...some: readonly SigningKey[]): Workplace => ({ files, directory, nowMs, ring: memoryRing(some) })
  const place = withKeys(...Object.values(keys).flat())
  const role = (name: TopRole) => ({ keys: keys[name].map(({ key }) => key), threshold: keys[name].length })
  await createRepository(place, { root: role('root'), targets: role('targets'), snapshot: role('snapshot'), timestamp: role('timestamp') })
  return { place, keys, with: withKeys }
}

/** What `repo add` asks for, with the shipped bundle. */
export const offer = (line = 'tablets') => ({ bundle: shippedBundle(), where: 'tablet-dose.s2m', line, percent: 100, salt: 'salt', groups: [] })
