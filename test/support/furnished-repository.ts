import { addTarget } from '../../src/repository/add.js'
import { delegate } from '../../src/repository/delegate.js'
import type { Files, Write } from '../../src/repository/files.js'
import { keyFile, memoryRing } from '../../src/repository/key-ring.js'
import { makeKey, type SigningKey } from '../../src/repository/keys.js'
import type { Workplace } from '../../src/repository/open.js'
import { publish } from '../../src/repository/publish.js'
import { madeRepository, offer } from './made-repository.js'

export const DIRECTORY = '/author'
export const KEYS = '/author/keys'
export const OUT = '/web'

/** A repository with a line of its own keys, a bundle in it and one outside, published. */
export const furnished = async (files: Files) => {
  const made = await madeRepository(files, DIRECTORY)
  const lineKey = makeKey()
  const place: Workplace = { ...made.place, ring: memoryRing([...Object.values(made.keys).flat(), lineKey]) }
  await delegate(place, 'tablets', { keys: [lineKey.key], threshold: 1 })
  await addTarget(place, offer('tablets'))
  await addTarget(place, offer('bark'))
  await publish(files, DIRECTORY, OUT)
  return { ...made, place, lineKey }
}
export type Furnished = Awaited<ReturnType<typeof furnished>>

/** New keys as a command makes them: in a file of the repository, and at hand. */
export const fresh = (
  { keys, lineKey, place }: Furnished,
  role: string,
): { readonly key: SigningKey; readonly place: Workplace; readonly first: readonly Write[] } => {
  const key = makeKey()
  return {
    key,
    place: { ...place, ring: memoryRing([...Object.values(keys).flat(), lineKey, key]) },
    first: [keyFile(KEYS, role, key, null)],
  }
}
