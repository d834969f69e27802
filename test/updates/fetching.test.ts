import t from 'tap'
import { Failure } from '../../src/failures.js'
import type { Clock } from '../../src/spectrum/clock.js'
import { systemClock } from '../../src/system-clock.js'
import type { Listing, Target } from '../../src/updates/contract.js'
import { createFetch, type FetchOptions, GO_ON_BYTES, GO_ON_MS } from '../../src/updates/fetching.js'
import { openMirror } from '../../src/updates/mirror.js'
import { publishedPath } from '../../src/updates/paths.js'
import { openRepository } from '../../src/updates/repository.js'
import { fileServer } from '../support/file-server.js'
import { offers, sha256 } from '../support/install-rig.js'
import { manualClock } from '../support/manual-clock.js'
import { memoryDisk } from '../support/memory-disk.js'
import { listingOf } from '../support/orders-rig.js'

const { signal } = new AbortController()

/** An agent that knows one list, and a repository that has another. */
const fetching = (known: Listing | null, listed: Listing, fetchTarget: FetchOptions['trust']['fetchTarget'] = async () => 'mirrored') => {
  const clock = manualClock()
  const seen = { refreshes: 0, heard: 0 }
  const trust = {
    listing: known,
    refresh: async () => {
      seen.refreshes++
      return listed
    },
    fetchTarget,
  }
  const fetch = createFetch({ agent: 'dock-1', groups: [], version: '0.4.0', clock, trust, refreshed: () => void seen.heard++ })
  return { clock, seen, fetch: (target: Target, how = signal) => fetch(target, { signal: how, progress: () => {} }) }
}

t.test('with a list that holds nobody is asked; without one, or with one that does not hold, the repository is', async (t) => {
  const { first } = await offers()
  const holds = listingOf([first])
  const knows = fetching(holds, holds)
  t.equal(await knows.fetch(first.target), 'mirrored')
  t.strictSame(knows.seen, { refreshes: 0, heard: 0 })
  for (const known of [null, listingOf([]), { ...holds, expiresMs: 0 }]) {
    const asks = fetching(known, holds)
    t.equal(await asks.fetch(first.target), 'mirrored')
    t.strictSame(asks.seen, { refreshes: 1, heard: 1 })
  }
})

t.test('what may not be installed any more is not fetched, and says why; groups and rollout were asked for before', async (t) => {
  const { first } = await offers()
  const { target } = first
  const never = async (): Promise<string> => {
    throw new Error('no byte is to be fetched')
  }
  const with_ = (changes: Partial<Target>) => listingOf([{ ...first, target: { ...target, ...changes } }])
  await t.rejects(fetching(null, listingOf([]), never).fetch(target), { code: 'REQUEST_INVALID', seen: /not listed any more/ })
  await t.rejects(fetching(null, { ...listingOf([first]), expiresMs: 0 }, never).fetch(target), { code: 'TRUST_EXPIRED' })
  const tooNew = { ...target, minAgent: '9.0.0' }
  await t.rejects(fetching(null, with_({ minAgent: '9.0.0' }), never).fetch(tooNew), { code: 'BUNDLE_UNFIT', seen: /9\.0\.0/ })
  const held = { groups: ['others'], rollout: { percent: 0, salt: 's' } }
  t.equal(await fetching(null, with_(held)).fetch({ ...target, ...held }), 'mirrored')
})

t.test('a transfer that is cut off after a good piece goes on at once; one that brings crumbs, or fails otherwise, has to wait', async (t) => {
  const { first } = await offers()
  const listing = listingOf([first])
  const pieces = [GO_ON_BYTES, GO_ON_BYTES, GO_ON_BYTES - 1]
  let have = 0
  const cut: FetchOptions['trust']['fetchTarget'] = async (target, { progress = () => {} }) => {
    progress(have, target.bytes)
    have += pieces.shift() ?? 0
    progress(have, target.bytes)
    throw new Failure('NETWORK_FAILED')
  }
  const { clock, fetch } = fetching(listing, listing, cut)
  const outcome = t.rejects(fetch(first.target), { code: 'NETWORK_FAILED' })
  await clock.advance(GO_ON_MS)
  t.equal(pieces.length, 1)
  await clock.advance(GO_ON_MS)
  await outcome
  t.equal(have, 3 * GO_ON_BYTES - 1)
  pieces.push(GO_ON_BYTES)
  const halt = new AbortController()
  const aborted = t.rejects(fetch(first.target, halt.signal), { code: 'ABORTED' })
  await clock.advance(0)
  halt.abort()
  await aborted
  const full = fetching(listing, listing, async (target, { progress = () => {} }) => {
    progress(0, target.bytes)
    progress(GO_ON_BYTES, target.bytes)
    throw new Failure('STORE_FAILED')
  })
  await t.rejects(full.fetch(first.target), { code: 'STORE_FAILED' })
  t.equal(full.clock.sleepers, 0)
})

t.test('over a real link that breaks at each tenth one attempt is enough, and no byte is sent twice that had arrived', async (t) => {
  const { first } = await offers()
  const bytes = Buffer.alloc(20 * GO_ON_BYTES, 'spectra')
  const target: Target = { ...first.target, bytes: bytes.length, sha256: sha256(bytes), path: `lab/tiny/${sha256(bytes)}.s2m` }
  const server = await fileServer(t, {
    files: new Map([[`/repo/${publishedPath({ line: 'lab', id: 'tiny', sha256: target.sha256 })}`, bytes]]),
    cut: (_, left) => (left > bytes.length / 10 ? bytes.length / 10 : null),
  })
  const disk = memoryDisk(new Map([['/state/lock', new Uint8Array()]]))
  const waits: number[] = []
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, stopped) => {
      if (ms !== GO_ON_MS) return systemClock.sleep(ms, stopped)
      waits.push(ms)
    },
  }
  const transport = openRepository({ address: server.url.href, credentials: null, ca: null, proxies: {} })
  const mirror = openMirror({ disk, folder: '/state/mirror', transport, clock })
  const listing = { ...listingOf([]), targets: [target] }
  const trust = { listing, refresh: async () => listing, fetchTarget: mirror.target }
  const fetch = createFetch({ agent: 'dock-1', groups: [], version: '0.4.0', clock, trust, refreshed: () => {} })
  t.same(await disk.read(await fetch(target, { signal, progress: () => {} })), bytes)
  t.equal(waits.length, 9)
  t.equal(server.sent, bytes.length)
})
