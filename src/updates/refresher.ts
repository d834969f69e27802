import { asFailure, Failure } from '../failures.js'
import type { Clock } from '../spectrum/clock.js'
import type { Random } from '../spectrum/random.js'
import type { Listing } from './contract.js'
import type { Trust } from './trust.js'

/** Milliseconds before each next attempt after a refresh that failed; the last one again and again. */
export const REFRESH_RETRY_MS = [60_000, 300_000, 1_800_000] as const

export interface RefresherOptions {
  readonly trust: Pick<Trust, 'refresh'>
  readonly clock: Clock
  readonly random: Random
  readonly everyMs: number
  /** After every refresh, also one that was asked for. */
  readonly done: (outcome: Listing | Failure) => void
}

export interface Refresher {
  /** Looks now, and from then on again and again. */
  start(): void
  /** Looks now; calls that come while another one waits for its turn share its outcome. @throws Failure as `Trust.refresh` */
  ask(): Promise<Listing>
  stop(): Promise<void>
}

/** Asks the repository what is new: now and then, with times spread so that a fleet does not come all at once, and whenever somebody wants to know. */
export const createRefresher = ({ trust, clock, random, everyMs, done }: RefresherOptions): Refresher => {
  const halt = new AbortController()
  let last: Promise<unknown> = Promise.resolve()
  let waiting: Promise<Listing> | null = null
  let loop: Promise<void> | null = null

  const refresh = async (): Promise<Listing> => {
    waiting = null
    if (halt.signal.aborted) throw new Failure('ABORTED', { where: 'repository' })
    try {
      const listing = await trust.refresh(halt.signal)
      done(listing)
      return listing
    } catch (error) {
      const failure = asFailure(error, 'INVARIANT', 'repository')
      if (!halt.signal.aborted) done(failure)
      throw failure
    }
  }
  const ask = (): Promise<Listing> => {
    waiting ??= last.then(refresh, refresh)
    last = waiting
    return waiting
  }
  const run = async (): Promise<void> => {
    let failures = 0
    while (!halt.signal.aborted) {
      const went = await ask().then(
        () => true,
        () => false,
      )
      failures = went ? 0 : failures + 1
      const ms = went ? everyMs : (REFRESH_RETRY_MS[Math.min(failures, REFRESH_RETRY_MS.length) - 1] ?? everyMs)
      await clock.sleep(ms * (0.5 + random.uniform()), halt.signal).catch(() => {})
    }
  }
  return {
    start: () => {
      loop ??= run()
    },
    ask,
    async stop() {
      halt.abort()
      await loop
      await last.catch(() => {})
    },
  }
}
