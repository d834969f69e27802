import { Failure } from '../failures.js'
import type { Listing, Order, Target } from './contract.js'
import { createKeeper, type Keeper } from './keeper.js'
import { createOrderBook } from './order-book.js'
import { createRefresher } from './refresher.js'
import { mayInstall } from './rollout.js'
import type { Unfollowed } from './state.js'
import type { Trust } from './trust.js'
import type { Updates, UpdatesOptions } from './updates-contract.js'
import { abort, commit, install, pin, rollback } from './verbs.js'
import type { Fetch } from './work.js'

/** Milliseconds after a connection to the broker in which its retained orders come: until then nobody knows which of them holds. */
export const SETTLE_MS = 1000

const noRepository: Unfollowed = { why: 'no-repository', text: 'no repository is configured: set updates.repository and updates.root' }

/** Repository, orders and slots of one agent. */
export const createUpdates = (options: UpdatesOptions): Updates => {
  const { trust, clock, groups, tell } = options
  const book = createOrderBook(groups)
  const halt = new AbortController()
  /** Whether orders of any connection have settled: before, an order of a group may look as if it held. */
  let settled = false
  let settling: AbortController | null = null
  let unreachable: Unfollowed = { why: 'repository-unreachable', text: 'it was not asked yet' }
  let toldFailure = ''
  let toldLines = ''

  const offered = (): Listing | Unfollowed => (trust === null ? noRepository : (trust.listing ?? unreachable))
  const followAll = (): void => {
    if (settled) for (const keeper of keepers.values()) void keeper.follow()
  }
  const refresher =
    trust &&
    createRefresher({
      ...{ trust, clock, random: options.random, everyMs: options.checkEveryMs },
      done: (outcome) => {
        if (outcome instanceof Failure) missed(outcome)
        else reached(outcome)
        followAll()
      },
    })
  const missed = (failure: Failure): void => {
    unreachable = { why: 'repository-unreachable', text: failure.message }
    if (toldFailure === failure.message) return
    toldFailure = failure.message
    tell({ slot: null, failure, message: failure.message, data: {} })
  }
  const reached = ({ refused = [] }: Listing): void => {
    if (toldFailure !== '') tell({ slot: null, failure: null, message: 'the repository can be used again', data: {} })
    toldFailure = ''
    const lines = refused.map(({ failure }) => failure.message).join('\n')
    if (lines !== toldLines) for (const { line, failure } of refused) tell({ slot: null, failure, message: failure.message, data: { line } })
    toldLines = lines
    const damaged = trust?.damaged ?? null
    if (damaged !== null) tell({ slot: null, failure: null, message: `stored metadata were damaged and fetched anew: ${damaged}`, data: {} })
  }
  const ask = (): void => void refresher?.ask().catch(() => {})

  const keepers: ReadonlyMap<string, Keeper> = new Map(
    options.slots.map((slot) => [
      slot.name,
      createKeeper(slot, {
        ...options,
        ...{ offered, ask, standing: () => book.standing(slot.name), fetch: fetchBy(trust, options) },
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

  return {
    slots: [...keepers.keys()],
    start() {
      for (const keeper of keepers.values()) keeper.start()
      refresher?.start()
    },
    connected() {
      book.begin()
      settling?.abort()
      const own = new AbortController()
      settling = own
      const after = () => {
        book.settle()
        settled = true
        followAll()
      }
      clock.sleep(SETTLE_MS, AbortSignal.any([own.signal, halt.signal])).then(after, () => {})
    },
    desired(message) {
      const keeper = keepers.get(message.slot)
      // An order to a group may name slots that this agent has not.
      if (!keeper) return
      const before = book.standing(message.slot)
      book.take(message)
      const { under, unreadable } = book.standing(message.slot)
      if (under !== before.under && unreadable !== null)
        tell({ slot: message.slot, failure: null, message: `slot ${message.slot}: the order cannot be read: ${unreadable}`, data: { under } })
      if (!settled) return
      // What is newly wanted may be newly published.
      if (under !== before.under) ask()
      void keeper.follow()
    },
    state: (slot) => keeperOf(slot).state(),
    async install(slot, order) {
      const keeper = keeperOf(slot)
      const target = await chosen(keeper, order)
      return keeper.order((record, under, boot) => install(record, target, under, boot))
    },
    async check(slot) {
      const keeper = keeperOf(slot)
      if (!refresher) throw new Failure('REQUEST_INVALID', { where: 'model/check', seen: noRepository.text })
      keeper.forget()
      await refresher.ask()
      await keeper.follow()
      return keeper.state()
    },
    commit: (slot) => keeperOf(slot).order((record, _, boot) => commit(record, boot)),
    rollback: (slot) => keeperOf(slot).order(rollback),
    pin: (slot) => keeperOf(slot).order(pin),
    abort: (slot) => keeperOf(slot).order(abort),
    async stop() {
      halt.abort()
      await refresher?.stop()
      for (const keeper of keepers.values()) await keeper.stop()
    },
  }
}

/** Asks once more whether it may be installed: an install may go on days after it was ordered, in another process. */
const fetchBy =
  (trust: Trust | null, { agent, groups, version, clock }: UpdatesOptions): Fetch =>
  async (target, { signal, progress }) => {
    if (trust === null) throw new Failure('NOT_FOUND', { where: target.path, seen: noRepository.text })
    const { id, line, sha256 } = target
    const own = { agent, groups, agentVersion: version, denied: [], override: null, under: '', order: { model: `${line}/${id}`, sha256 } }
    const refusalBy = (listing: Listing) => mayInstall(target, { ...own, listing }, clock.wallMs())
    let refusal = trust.listing && refusalBy(trust.listing)
    if (trust.listing === null || refusal !== null) refusal = refusalBy(await trust.refresh(signal))
    if (refusal?.why === 'agent-too-old') throw new Failure('BUNDLE_UNFIT', { where: target.path, seen: refusal.text })
    if (refusal !== null) throw new Failure(refusal.why === 'expired' ? 'TRUST_EXPIRED' : 'NOT_FOUND', { where: target.path, seen: refusal.text })
    return trust.fetchTarget(target, { signal, progress })
  }
