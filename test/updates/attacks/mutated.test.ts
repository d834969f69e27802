import t from 'tap'
import { isFailure } from '../../../src/failures.js'
import { refresh } from '../../../src/repository/refresh.js'
import { type Random, seededRandom } from '../../../src/spectrum/random.js'
import type { Listing } from '../../../src/updates/contract.js'
import { openTrust } from '../../../src/updates/trust.js'
import { current } from '../../support/forgery.js'
import { memoryDisk } from '../../support/memory-disk.js'
import { emptyDisk, updateRig } from '../../support/update-rig.js'

/** Changed files, each from a seed of its own, that the server answers with. */
const CHANGES = 240
/** A depth of brackets at which a careless reader of JSON runs out of stack. */
const DEEP = 20_000

const { signal } = new AbortController()
t.setTimeout(120_000)

type Json = Record<string, unknown>
const parts = (value: unknown, found: Json[] = []): Json[] => {
  if (typeof value !== 'object' || value === null) return found
  found.push(Object(value))
  for (const inner of Object.values(value)) parts(inner, found)
  return found
}

/** Ways to change a signed file: of its bytes, and of what it says. None of them signs anew. */
const ways: Readonly<Record<string, (bytes: Uint8Array, random: Random) => Uint8Array>> = {
  'a bit': (bytes, random) => {
    const changed = Uint8Array.from(bytes)
    const at = Math.floor(random.uniform() * bytes.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random.uniform() * 8))
    return changed
  },
  cut: (bytes, random) => bytes.slice(0, Math.floor(random.uniform() * bytes.length)),
  empty: () => new Uint8Array(),
  longer: (bytes) => Buffer.concat([bytes, Buffer.from('\n{}')]),
  deep: () => Buffer.from('['.repeat(DEEP)),
  'a key less': (bytes, random) =>
    said(bytes, random, (part, key) => {
      delete part[key]
    }),
  'another value': (bytes, random) =>
    said(bytes, random, (part, key) => {
      part[key] = [0, -1, 1e300, '', '../x', null, {}, [], true][Math.floor(random.uniform() * 9)]
    }),
  'a key more': (bytes, random) =>
    said(bytes, random, (part) => {
      Object.defineProperty(part, '__proto__', { value: { targets: {} }, enumerable: true })
    }),
  'a value twice': (bytes, random) =>
    said(bytes, random, (part, key) => {
      const value = part[key]
      part[key] = Array.isArray(value) ? [...value, ...value] : value
      part[`${key} `] = value
    }),
}

const said = (bytes: Uint8Array, random: Random, change: (part: Json, key: string) => void): Uint8Array => {
  const content: unknown = JSON.parse(Buffer.from(bytes).toString())
  const all = parts(content).filter((part) => Object.keys(part).length > 0)
  const part = all[Math.floor(random.uniform() * all.length)] ?? {}
  const keys = Object.keys(part)
  change(part, keys[Math.floor(random.uniform() * keys.length)] ?? '')
  return Buffer.from(JSON.stringify(content))
}

const names = ({ targets }: Listing): readonly string[] => targets.map(({ line, id, version, sha256 }) => `${line}/${id} ${version} ${sha256}`).sort()

t.test('whatever is changed in the signed files, nothing is listed that was not signed, and every refusal is a failure of the table', async (t) => {
  const rig = await updateRig(t)
  const knowing = emptyDisk()
  const honest = names(await (await rig.agent(openTrust, { disk: knowing })).refresh(signal))
  await refresh(rig.place, ['targets'])
  await rig.publish()
  const { root, targets, line, snapshot, timestamp } = await current(rig)
  const files = {
    [`metadata/${root.metadata.signed.version}.root.json`]: root.bytes,
    [`metadata/${targets.metadata.signed.version}.targets.json`]: targets.bytes,
    [`metadata/${line.metadata.signed.version}.tablets.json`]: line.bytes,
    [`metadata/${snapshot.metadata.signed.version}.snapshot.json`]: snapshot.bytes,
    'metadata/timestamp.json': timestamp.bytes,
    [`metadata/${root.metadata.signed.version + 1}.root.json`]: root.bytes,
  }
  const [paths, kinds] = [Object.keys(files), Object.keys(ways)]
  const ends = new Map<string, number>()
  for (let seed = 0; seed < CHANGES; seed++) {
    const random = seededRandom(seed)
    const path = paths[seed % paths.length] ?? ''
    const kind = kinds[Math.floor(seed / paths.length) % kinds.length] ?? ''
    const bytes = ways[kind]?.(files[path] ?? new Uint8Array(), random) ?? new Uint8Array()
    rig.lies.clear()
    rig.lies.set(path, bytes)
    for (const [who, disk] of [
      ['new', emptyDisk()],
      ['knowing', memoryDisk(knowing.image())],
    ] as const) {
      const agent = await rig.agent(openTrust, { disk })
      const end = await agent.refresh(signal).then(
        (listing) => {
          const stray = names(listing).filter((name) => !honest.includes(name))
          return stray.length > 0 ? `listed ${stray}` : (listing.refused ?? []).length > 0 ? 'a line refused' : 'as signed'
        },
        (error: unknown) => (isFailure(error) ? error.code : `thrown ${error}`),
      )
      ends.set(end, (ends.get(end) ?? 0) + 1)
      if (/^(listed|thrown)|INVARIANT/.test(end)) t.fail(`seed ${seed}, ${kind} in ${path}, a ${who} agent: ${end}`)
    }
  }
  t.ok((ends.get('TRUST_THRESHOLD') ?? 0) + (ends.get('TRUST_HASH') ?? 0) > CHANGES / 2, JSON.stringify([...ends]))
  t.notOk('targets' in {}, 'no prototype was touched')
})
