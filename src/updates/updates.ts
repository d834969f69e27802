import { Failure } from '../failures.js'
import type { Listing, Order, SlotRecord, Target } from './contract.js'
import { createFetch } from './fetching.js'
import { createKeeper, type Keeper } from './keeper.js'
import type { Step } from './machine.js'
import { createOrderBook } from './order-book.js'
import { createPace } from './pace.js'
import { cut } from './reason.js'
import { createRefresher } from './refresher.js'
import type { SlotState, Unfollowed } from './state.js'
import type { Updates, UpdatesOptions } from './updates-contract.js'
import { abort, commit, install, pin, rollback } from './verbs.js'
import type { Fetch } from './work.js'

/** Milliseconds between two looks into the repository, or two reports of orders that cannot be read, however often those for one slot change. */
export const ORDER_LOOK_MS = 5000
/** Milliseconds after a connection to the broker in which its retained orders come: until then nobody knows which of them holds. */
export const SETTLE_MS = 1000

const withoutRepository = { seen: 'no repository is configured', cure: 'set updates.repository and updates.root' }
const noRepository: Unfollowed = { why: 'no-repository', text: `${withoutRepository.seen}: ${withoutRepository.cure}` }

/** Repository, orders and slots of one agent. */
export const createUpdates = (options: UpdatesOptions): Updates => {
  const { trust, clock, groups, tell } = options
  const book = createOrderBook(groups)
  const halt = new AbortController()
  /** Whether orders of any connection have settled: before, an order of a group may look as if it held. */
  let settled = false
  let settling: { readonly halt: AbortController; readonly over: Promise<void> } | null = null
  /** By slot, the content of `desired` for which the repository was last asked. */
  const askedFor = new Map<string, string>()
  let unreachable: Unfollowed = { why: 'repository-unreachable', text: 'it was not asked yet' }
  let toldFailure = ''
  let toldLines = ''

  const offered = (): Listing | Unfollowed => (trust === null ? noRepository : (trust.listing ?? unreachable))
  const follow = (keeper: Keeper | undefined): void => {
    if (settled && !halt.signal.aborted) void keeper?.follow()
  }
  const followAll = (): void => keepers.forEach(follow)
  const heed = (slot: string, keeper: Keeper): void => {
    if (!settled) return
    const { under, order } = book.standing(slot)
    const isNew = askedFor.get(slot) !== under && order !== null
    askedFor.set(slot, under)
    // What is newly wanted may be newly published.
    if (isNew) looks.get(slot)?.soon()
    // The newest of a list of yesterday is not what is meant: it is followed once the repository was asked, whether or not that answered.
    if (isNew && refresher && order.version === undefined && order.sha256 === undefined) return
    void keeper.follow()
  }
  const refresher =
    trust &&
    createRefresher({
      ...{ trust, clock, random: options.random, everyMs: options.checkEveryMs },
      done: (outcome) => {
        if (outcome instanceof Failure) missed(outcome)
        else reached(outcome)
        // Never asks again by itself: a list that has expired and cannot be had anew would be asked for without end.
        followAll()
      },
    })
  const missed = (failure: Failure): void => {
    unreachable = { why: 'repository-unreachable', text: cut(`${failure.code}: ${failure.message}`) }
    // By code and place: the rest of a message may be the time of day.
    const key = `${failure.code} ${failure.where}`
    if (toldFailure === key) return
    toldFailure = key
    tell({ slot: null, failure, message: failure.message, data: {} })
  }
  const reached = ({ refused = [] }: Listing): void => {
    if (toldFailure !== '') {
      tell({ slot: null, failure: null, message: 'the repository can be used again', data: {} })
      for (const keeper of keepers.values()) keeper.forget()
    }
    toldFailure = ''
    const lines = refused.map(({ line, failure }) => `${line} ${failure.code}`).join('\n')
    if (lines !== toldLines) for (const { line, failure } of refused) tell({ slot: null, failure, message: failure.message, data: { line } })
    toldLines = lines
    const damaged = trust?.damaged ?? null
    if (damaged !== null) tell({ slot: null, failure: null, message: `stored metadata were damaged and fetched anew: ${damaged}`, data: {} })
  }
  const ask = (): void => {
    if (!halt.signal.aborted) refresher?.ask().catch(() => {})
  }
  // Requests need no pace: they are carried out one after the other.
  const looks = new Map(options.slots.map(({ name }) => [name, createPace(clock, ORDER_LOOK_MS, ask)]))
  const tellUnreadable = (slot: string): void => {
    const { under, unreadable } = book.standing(slot)
    if (unreadable === null || halt.signal.aborted) return
    tell({ slot, failure: null, message: `slot ${slot}: the order cannot be read: ${unreadable}`, data: { under } })
  }
  const reports = new Map(options.slots.map(({ name }) => [name, createPace(clock, ORDER_LOOK_MS, () => tellUnreadable(name))]))
  const refreshed = (listing: Listing): void => {
    reached(listing)
    followAll()
  }
  const fetch: Fetch = trust
    ? createFetch({ ...options, trust, refreshed })
    : async ({ path }) => {
        throw new Failure('REQUEST_INVALID', { where: path, ...withoutRepository })
      }

  const keepers: ReadonlyMap<string, Keeper> = new Map(
    options.slots.map((slot) => [
      slot.name,
      createKeeper(slot, {
        ...options,
        ...{ offered, ask, standing: () => book.standing(slot.name), fetch, ended: () => follow(keepers.get(slot.name)) },
        publish: (state) => options.publish(slot.name, state),
      }),
    ]),
  )
  const keeperOf = (slot: string): Keeper => {
    const keeper = keepers.get(slot)
    if (keeper) return keeper
    throw new Failure('REQUEST_INVALID', { where: 'slot', seen: JSON.stringify(slot), allowed: [...keepers.keys()].join(', ') || 'there is none' })
  }
  /** What is ordered, and offered now; the repository is asked where it is not known to offer it. */
  const chosen = async (keeper: Keeper, order: Order): Promise<Target> => {
    let target = keeper.choose(order)
    if ('why' in target && refresher && ['unlisted', 'expired', 'repository-unreachable'].includes(target.why)) {
      await refresher.ask()
      target = keeper.choose(order)
    }
    if ('why' in target) throw new Failure('REQUEST_INVALID', { where: 'model/install', seen: target.text })
    return target
  }
  /** What is asked for now holds under the orders that were given before: those of a connection that has just been made are waited for. */
  const heard = async (): Promise<void> => {
    while (!settled && settling !== null) await settling.over
  }
  const carryOut = async (slot: string, verb: (record: SlotRecord, under: string, boot: string) => Step): Promise<SlotState> => {
    const keeper = keeperOf(slot)
    await heard()
    await keeper.order(verb)
    if (settled) await keeper.follow()
    return keeper.state()
  }

  return {
    slots: [...keepers.keys()],
    start() {
      for (const keeper of keepers.values()) keeper.start()
      refresher?.start()
    },
    connected() {
      book.begin()
      settling?.halt.abort()
      const own = new AbortController()
      const after = () => {
        book.settle()
        settled = true
        settling = null
        for (const [slot, keeper] of keepers) heed(slot, keeper)
      }
      const stopped = () => {
        if (settling?.halt === own) settling = null
      }
      settling = { halt: own, over: clock.sleep(SETTLE_MS, AbortSignal.any([own.signal, halt.signal])).then(after, stopped) }
    },
    desired(message) {
      const keeper = keepers.get(message.slot)
      // An order to a group may name slots that this agent has not.
      if (!keeper) return
      const before = book.standing(message.slot).under
      book.take(message)
      const { under, unreadable } = book.standing(message.slot)
      if (under !== before && unreadable !== null) reports.get(message.slot)?.soon()
      heed(message.slot, keeper)
    },
    state: (slot) => keeperOf(slot).state(),
    async install(slot, order) {
      const keeper = keeperOf(slot)
      const target = await chosen(keeper, order)
      return carryOut(slot, (record, under, boot) => install(record, target, under, boot))
    },
    async check(slot) {
      const keeper = keeperOf(slot)
      if (!refresher) throw new Failure('REQUEST_INVALID', { where: 'model/check', ...withoutRepository })
      await heard()
      keeper.forget()
      await refresher.ask()
      if (settled) await keeper.follow()
      return keeper.state()
    },
    commit: (slot) => carryOut(slot, (record, _, boot) => commit(record, boot)),
    rollback: (slot) => carryOut(slot, rollback),
    pin: (slot) => carryOut(slot, pin),
    abort: (slot) => carryOut(slot, abort),
    async stop() {
      halt.abort()
      for (const pace of [...looks.values(), ...reports.values()]) pace.stop()
      await refresher?.stop()
      for (const keeper of keepers.values()) await keeper.stop()
    },
  }
}
