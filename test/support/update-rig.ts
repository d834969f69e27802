import type { Test } from 'tap'
import { Failure } from '../../src/failures.js'
import { addTarget } from '../../src/repository/add.js'
import { delegate } from '../../src/repository/delegate.js'
import type { Files } from '../../src/repository/files.js'
import { memoryRing } from '../../src/repository/key-ring.js'
import { makeKey, type SigningKey } from '../../src/repository/keys.js'
import type { TopRole } from '../../src/repository/layout.js'
import type { Workplace } from '../../src/repository/open.js'
import { publish } from '../../src/repository/publish.js'
import type { Clock } from '../../src/spectrum/clock.js'
import { systemClock } from '../../src/system-clock.js'
import type { Transport } from '../../src/updates/contract.js'
import type { openTrust, Trust } from '../../src/updates/trust.js'
import { madeRepository, offer } from './made-repository.js'
import { type MemoryDisk, memoryDisk } from './memory-disk.js'

const AUTHOR = '/author'
const WEB = '/web'
export const BUILT_MS = Date.parse('2026-11-01T00:00:00Z')

export interface Rig {
  readonly place: Workplace
  readonly files: Files
  readonly keys: Readonly<Record<TopRole, readonly SigningKey[]>>
  readonly lineKey: SigningKey
  /** What a server in wrong hands answers, by path: these bytes, or (null) that there is no such file. All else is as published. */
  readonly lies: Map<string, Uint8Array | null>
  readonly transport: Transport
  /** What the server has handed out so far. */
  readonly served: { bytes: number }
  /** The root that agents are given. */
  readonly seedRoot: Uint8Array
  /** A file as it is published. */
  read(path: string): Promise<Uint8Array>
  publish(): Promise<void>
  /** An agent, on a disk of its own if none is given. `open`: the `openTrust` that it is built with. */
  agent(open: typeof openTrust, options?: { readonly disk?: MemoryDisk; readonly clock?: Clock }): Promise<Trust>
}

/** A repository with a line of its own keys (`tablets`) and a bundle in it, a bundle outside (`bark`), published; and a server before it. */
export const updateRig = async (t: Test): Promise<Rig> => {
  const files = memoryDisk()
  const { keys, place: inner } = await madeRepository(files, AUTHOR)
  const lineKey = makeKey()
  const place: Workplace = { ...inner, ring: memoryRing([...Object.values(keys).flat(), lineKey]) }
  await delegate(place, 'tablets', { keys: [lineKey.key], threshold: 1 })
  await addTarget(place, offer('tablets'))
  await addTarget(place, offer('bark'))
  await publish(files, AUTHOR, WEB)
  const lies = new Map<string, Uint8Array | null>()
  const served = { bytes: 0 }
  const read = async (path: string): Promise<Uint8Array> => (await files.read(`${WEB}/${path}`)) ?? new Uint8Array()
  const transport = liar((path) => files.read(`${WEB}/${path}`), lies, served)
  const seedRoot = await read('metadata/1.root.json')
  const agent: Rig['agent'] = (open, { disk = emptyDisk(), clock = systemClock } = {}) =>
    open({ disk, state: '/state', seedRoot, transport, clock, builtMs: BUILT_MS, scratch: t.testdir() })
  return {
    place,
    files,
    keys,
    lineKey,
    lies,
    served,
    transport,
    seedRoot,
    read,
    publish: async () => void (await publish(files, AUTHOR, WEB)),
    agent,
  }
}

/** The disk of a new agent. */
export const emptyDisk = (): MemoryDisk => memoryDisk(new Map([['/state/lock', new Uint8Array()]]))

/** A clock that is this much ahead of the machine's. */
export const clockAhead = (ms: number): Clock => ({ ...systemClock, wallMs: () => systemClock.wallMs() + ms })

const CHUNK_BYTES = 64 * 1024

const liar = (published: (path: string) => Promise<Uint8Array | null>, lies: Rig['lies'], served: Rig['served']): Transport => ({
  where: 'http://server.invalid',
  async *fetch(path, offset, signal) {
    const lie = lies.get(path)
    const bytes = lie === undefined ? await published(path) : lie
    if (bytes === null) throw new Failure('NOT_FOUND', { where: path })
    for (let at = offset; at < bytes.length; at += CHUNK_BYTES) {
      if (signal.aborted) throw new Failure('ABORTED', { where: path })
      const chunk = bytes.subarray(at, at + CHUNK_BYTES)
      served.bytes += chunk.length
      yield chunk
    }
  },
})
