import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Failure } from '../../src/failures.js'
import { seededRandom } from '../../src/spectrum/random.js'
import type { Listing, Phase } from '../../src/updates/contract.js'
import type { SlotState } from '../../src/updates/state.js'
import type { Trust } from '../../src/updates/trust.js'
import { createUpdates, SETTLE_MS } from '../../src/updates/updates.js'
import type { UpdateNews, Updates, UpdatesOptions } from '../../src/updates/updates-contract.js'
import type { SlotHost } from '../../src/updates/work.js'
import { endless, judged, type Offer, offers, openBundle, rigPlace, sha256, startImage } from './install-rig.js'
import { type ManualClock, manualClock } from './manual-clock.js'
import { type MemoryDisk, memoryDisk } from './memory-disk.js'

/** A repository that a test fills and breaks. */
export interface Offered {
  listing: Listing
  /** The next refresh fails with it, and all that follow. */
  failure: Failure | null
  /** How often it was asked. */
  asked: number
  /** Transfers that were begun, by version. */
  readonly fetched: string[]
  fetch: Trust['fetchTarget']
  refresh: Trust['refresh']
}

export interface OrdersRig {
  readonly updates: Updates
  readonly clock: ManualClock
  readonly disk: MemoryDisk
  readonly repository: Offered
  readonly published: SlotState[]
  readonly told: UpdateNews[]
  readonly answered: string[]
  /** A retained or new `desired`: an object goes as JSON, a text as it is, null is the empty payload. */
  desire(content: object | string | null, group?: string | null): void
  /** A connection stands, these are its retained orders of the agent itself, and they have settled. */
  settle(content?: object | string | null): Promise<void>
  ended(phase: Phase): Promise<SlotState>
}

export type OrdersParts = Partial<Omit<UpdatesOptions, 'trust' | 'slots' | 'disk'>> & {
  readonly disk?: MemoryDisk
  readonly host?: Partial<SlotHost>
  readonly offered?: readonly Offer[]
  /** false: no repository is configured. */
  readonly repository?: boolean
}

export const listingOf = (offered: readonly Offer[], changes: Partial<Listing> = {}): Listing => ({
  targets: offered.map(({ target }) => target),
  expiresMs: Date.parse('2027-01-01T00:00:00Z'),
  versions: { root: 1, timestamp: 1, snapshot: 1, targets: 1 },
  ...changes,
})

/** One agent with one slot, on a disk in memory, before a repository in memory; models load for real, and stand any trial. Time is the test's. */
export const ordersRig = async ({ offered, host, repository: there = true, ...parts }: OrdersParts = {}): Promise<OrdersRig> => {
  const { factory, first } = await offers()
  const disk = parts.disk ?? memoryDisk(await startImage())
  const { record, found, answering } = await openBundle(disk, parts.boot)
  const clock = manualClock()
  const published: SlotState[] = []
  const told: UpdateNews[] = []
  const answered = [answering.side ?? 'factory']
  let listing: Listing | null = null
  const repository: Offered = {
    listing: listingOf(offered ?? [first]),
    failure: null,
    asked: 0,
    fetched: [],
    fetch: async (target) => `/mirror/${target.sha256}.s2m`,
    refresh: async () => {
      if (repository.failure) throw repository.failure
      return repository.listing
    },
  }
  const trust: Trust = {
    get listing() {
      return listing
    },
    damaged: null,
    refresh: async (signal) => {
      repository.asked++
      await setImmediate()
      listing = await repository.refresh(signal)
      return listing
    },
    fetchTarget: async (target, how) => {
      repository.fetched.push(target.version)
      await setImmediate()
      return repository.fetch(target, how)
    },
  }
  const installed = { id: 'tiny', version: '1.0.0', sha256: sha256(factory), seq: null }
  const updates = createUpdates({
    ...{ agent: 'dock-1', groups: ['east', 'west'], version: '0.4.0', boot: rigPlace.boot, clock, random: seededRandom(1) },
    ...{ disk, state: '/state', trust: there ? trust : null, checkEveryMs: 3_600_000, trial: { spectra: 50, results: 5, ms: 0 } },
    selfTest: async () => ({ p95Ms: 0.1 }),
    publish: (_, state) => void published.push(state),
    tell: (news) => void told.push(news),
    ...parts,
    slots: [{ name: 'default', record, found, factory: rigPlace.factory, installed, host: steadyHost(answered, host) }],
  })
  const desire: OrdersRig['desire'] = (content, group = null) => {
    const text = content === null ? '' : typeof content === 'string' ? content : JSON.stringify(content)
    updates.desired({ slot: 'default', group, payload: Buffer.from(text) })
  }
  return {
    ...{ updates, clock, disk, repository, published, told, answered, desire },
    async settle(content = null) {
      updates.connected()
      if (content !== null) desire(content)
      await clock.advance(SETTLE_MS)
    },
    async ended(phase) {
      while (updates.state('default').phase !== phase) await setTimeout(2)
      await clock.advance(0)
      return updates.state('default')
    },
  }
}

/** Answers alike with every model; `answered` takes down which side did. */
export const steadyHost = (answered: string[], parts: Partial<SlotHost> = {}): SlotHost => ({
  answer: async ({ side }) => void answered.push(side ?? 'factory'),
  fits: () => null,
  shadow: (_, signal) => endless(() => ({ old: judged(), candidate: judged() }), signal),
  results: (signal) => endless(() => judged(), signal),
  ...parts,
})
