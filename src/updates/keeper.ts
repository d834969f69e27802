import { join } from 'node:path'
import { asFailure, isFailure } from '../failures.js'
import type { Listing, SlotRecord, Target } from './contract.js'
import { createInstaller } from './installer.js'
import type { InstallReport } from './installer-contract.js'
import { isWorking, type Step, waits } from './machine.js'
import type { Standing } from './order-book.js'
import { createPace } from './pace.js'
import { chooseTarget, type InstallState, mayInstall } from './rollout.js'
import { type SlotState, slotState, type Unfollowed } from './state.js'
import type { SlotOptions, UpdateNews, UpdatesOptions } from './updates-contract.js'
import { heed } from './verbs.js'
import type { Fetch } from './work.js'

/** Milliseconds between two words about one slot: a transfer has a hundred whole percents. */
export const PUBLISH_MS = 250

/** What a slot shares with the others of its agent. */
export interface Shared extends Omit<UpdatesOptions, 'slots' | 'publish' | 'tell' | 'trust' | 'checkEveryMs' | 'random'> {
  /** What the repository offers as far as it is known, or why it is not. */
  readonly offered: () => Listing | Unfollowed
  /** What `desired` says of this slot. */
  readonly standing: () => Standing
  /** Looks into the repository soon; `Keeper.follow` comes after it, so that it must never ask by itself. */
  readonly ask: () => void
  /** An install is over: `Keeper.follow` comes soon. */
  readonly ended: () => void
  readonly fetch: Fetch
  readonly publish: (state: SlotState) => void
  readonly tell: (news: UpdateNews) => void
}

/** One slot: what is ordered of it becomes what is installed in it, and everybody can see how that stands. */
export interface Keeper {
  start(): void
  /** Does what `desired` says now, as far as that may be done. */
  follow(): Promise<void>
  /** A verb, under the content of `desired` that holds now. @throws Failure REQUEST_INVALID */
  order(verb: (record: SlotRecord, under: string, boot: string) => Step): Promise<void>
  /** The bundle that this order is about, by what is offered now. */
  choose(order: NonNullable<Standing['order']>): Target | Unfollowed
  state(): SlotState
  /** What earlier attempts have shown may have changed: the next `follow` tries again, and does not wait. */
  forget(): void
  stop(): Promise<void>
}

export const createKeeper = (own: SlotOptions, shared: Shared): Keeper => {
  const { name, factory, host } = own
  const { agent, groups, version, boot, clock, disk, offered, standing, tell } = shared
  let refusal: Unfollowed | null = null
  /** What turned out not to be made for what is here, and the order that it was for: tried again only when something is another. */
  let unfit: { readonly sha256: string; readonly under: string; readonly text: string } | null = null
  /** What was last begun by `desired`, and under which content of it. */
  let begun: { readonly sha256: string; readonly under: string } | null = null
  let last: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | null = null
  let before: InstallReport | null = null

  const changed = (report: InstallReport): void => {
    const { target, reason } = report.record
    const tried = before?.record.target
    if (tried && !target && reason !== null && ['UNFIT', 'BUNDLE_UNFIT'].includes(reason.code))
      unfit = { sha256: tried.sha256, under: standing().under, text: reason.text }
    if (before) for (const news of newsOf(name, before.record, report.record)) tell(news)
    const ended = before !== null && isWorking(before.record) && !isWorking(report.record)
    before = report
    word.soon()
    // What has become of it may be why the order is not followed now; and a newer one may have come meanwhile.
    if (ended) shared.ended()
  }
  const installer = createInstaller({
    ...{ disk, folder: join(shared.state, 'models', name), factory, boot, record: own.record, host, clock },
    ...{ selfTest: shared.selfTest, fetch: shared.fetch, refresh: shared.ask, changed },
    ...(shared.trial ? { trial: shared.trial } : {}),
    tell: (news) =>
      tell(
        'failure' in news
          ? { slot: name, failure: news.failure, message: news.failure.message, data: {} }
          : { slot: name, failure: null, message: mixShifted(news.mixShift, news.limit), data: { ...news } },
      ),
  })
  before = installer.report()

  const situation = (listing: Listing): Omit<InstallState, 'order'> => {
    const { denied, override } = installer.report().record
    return { agent, groups, agentVersion: version, listing, denied, override, under: standing().under }
  }
  const state = (): SlotState => {
    const { record, progress, disagreement } = installer.report()
    return slotState(record, { factory: own.installed, progress, disagreement, latest: latest(), desired: standing().order, refusal })
  }
  /** The newest that this agent would be given, of the model that is ordered, else of the one that answers. */
  const latest = (): Target | null => {
    const listing = offered()
    if ('why' in listing) return null
    const { record } = installer.report()
    const id = record.active === null ? own.installed?.id : record.sides[record.active]?.id
    const wanted = standing().order?.model
    const open = { ...situation(listing), denied: [], override: null, order: null }
    return (
      listing.targets
        .filter((target) => (wanted === undefined ? target.id === id : `${target.line}/${target.id}` === wanted))
        .filter((target) => mayInstall(target, open, clock.wallMs()) === null)
        .toSorted((a, b) => b.seq - a.seq)[0] ?? null
    )
  }
  let published = ''
  const word = createPace(clock, PUBLISH_MS, () => {
    const now = state()
    const text = JSON.stringify(now)
    if (text === published) return
    published = text
    shared.publish(now)
  })

  const choose: Keeper['choose'] = (order) => {
    const listing = offered()
    return 'why' in listing ? listing : chooseTarget(order, { ...situation(listing), override: null }, clock.wallMs())
  }
  /** Null: it is being followed, or there is nothing to follow. */
  const followed = async (): Promise<Unfollowed | null> => {
    const { order, under, unreadable } = standing()
    if (unreadable !== null) return { why: 'unreadable', text: unreadable }
    if (order === null) return null
    const listing = offered()
    if ('why' in listing) return listing
    const target = chooseTarget(order, situation(listing), clock.wallMs())
    if ('why' in target) return target
    if (unfit?.sha256 === target.sha256 && unfit.under === under) return { why: 'unfit', text: unfit.text }
    const again = begun?.sha256 === target.sha256 && begun.under === under
    try {
      await installer.order((record) => {
        // The factory bundle itself is wanted: a copy of it on a side would answer no better.
        if (record.active === null && own.installed?.sha256 === target.sha256 && !isWorking(record) && !waits(record)) return released(record)
        // It is tried again by itself, after its back-off: the same word once more makes that no sooner.
        if (again && waits(record) && record.target?.sha256 === target.sha256) return { record, effects: [] }
        return heed(record, target, under, boot)
      })
      begun = { sha256: target.sha256, under }
      return null
    } catch (error) {
      if (!isFailure(error, 'REQUEST_INVALID')) throw error
      return { why: 'busy', text: error.message }
    }
  }
  const decide = async (): Promise<void> => {
    waiting = null
    try {
      refusal = await followed()
      word.soon()
    } catch (error) {
      const failure = asFailure(error, 'INVARIANT', `slot ${name}`)
      tell({ slot: name, failure, message: failure.message, data: {} })
    }
  }
  /** Calls that come while another one waits for its turn are that one. */
  const follow = (): Promise<void> => {
    waiting ??= last.then(decide)
    last = waiting
    return waiting
  }

  return {
    start: () => {
      for (const news of newsOf(name, own.found, own.record)) tell(news)
      installer.start()
      word.soon()
    },
    follow,
    order: async (verb) => {
      await installer.order((record) => verb(record, standing().under, boot))
      word.soon()
    },
    choose,
    state,
    forget: () => {
      unfit = null
      begun = null
    },
    stop: async () => {
      await last
      await installer.stop()
      word.stop()
    },
  }
}

/** Another content of `desired` is followed than the one that an override was given under. */
const released = (record: SlotRecord): Step => ({ record: record.override === null ? record : { ...record, override: null }, effects: [] })

/** A change of phase that somebody would want to hear of, in words. */
const newsOf = (slot: string, before: SlotRecord, record: SlotRecord): readonly UpdateNews[] => {
  const { phase, reason, active, sides } = record
  if (before.phase === phase) return []
  const target = record.target ?? before.target ?? (before.active === null ? null : before.sides[before.active])
  const about = target ? `${target.id} ${target.version}` : 'the bundle'
  const say = (message: string): readonly UpdateNews[] => [
    { slot, failure: null, message: `slot ${slot}: ${message}`, data: { phase, sha256: target?.sha256 ?? null, reason: reason?.code ?? null } },
  ]
  if (phase === 'fetching') return say(`the install of ${about} begins`)
  if (phase === 'committed') return say(`${active === null ? 'the factory bundle' : `${sides[active]?.id} ${sides[active]?.version}`} is committed`)
  if (phase === 'rejected') return say(`${about} is not installed: ${reason?.text ?? 'no reason'}`)
  if (phase === 'rolled-back') return say(`${about} is taken back: ${reason?.text ?? 'no reason'}`)
  return []
}

const mixShifted = (share: number, limit: number): string =>
  `the new model gives other labels than the one before gave: their shares moved by ${(100 * share).toFixed(0)} %, told from ${100 * limit} % on; look whether the material is another`
