import { Failure } from '../failures.js'
import type { OpenLink } from '../links/contract.js'
import type { Clock } from '../spectrum/clock.js'
import type { Driver } from './contract.js'
import { within } from './within.js'

/** Milliseconds between looks at a call that may hang. */
const WATCH_MS = 1000
/** A driver ends an aborted call within 500 ms by contract; the rest is scheduling. */
export const CALL_GRACE_MS = 520
/** Milliseconds for the driver to leave the instrument as found, and for the link to close. With the grace: under 1.5 s. */
export const DRIVER_CLOSE_MS = 500
export const LINK_CLOSE_MS = 400

/** A driver on its open link. At most one call runs at any time, and none outlives the loss of the link for the caller. */
export interface HeldDriver {
  /**
   * Runs one call of the driver. Its signal comes with `signal`, with the loss of the link, and with `close()`.
   * @throws what the call throws; PORT_GONE or whatever `lose` said when that comes first; ABORTED after `close()`.
   */
  call<T>(limitMs: number, work: (driver: Driver, signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Resolves once, with the reason, when this link cannot be used any more; also after `close()`. */
  readonly lost: Promise<Failure>
  lose(why: Failure): void
  /** The reason, as soon as it is lost. */
  readonly failed: Failure | null
  /** Under 1.5 s; may be called twice. A driver still busy is not called again: its link is closed under it. */
  close(): Promise<void>
}

interface Running {
  readonly controller: AbortController
  readonly untilMs: number
  readonly reject: (why: Failure) => void
  readonly settled: Promise<unknown>
}

/** Takes an open link and the driver made for it into custody. */
export const holdDriver = (open: OpenLink, driver: Driver, clock: Clock): HeldDriver => {
  const where = open.where
  const watch = new AbortController()
  let running: Running | null = null
  let over: Failure | null = null
  let closing: Promise<void> | null = null
  let tellLost: (why: Failure) => void = () => {}
  const lost = new Promise<Failure>((resolve) => {
    tellLost = resolve
  })

  const lose = (why: Failure): void => {
    if (over) return
    over = why
    tellLost(why)
    running?.controller.abort()
    running?.reject(why)
  }

  const call: HeldDriver['call'] = (limitMs, work, signal) =>
    new Promise((resolve, reject) => {
      if (over) return reject(over)
      if (running) return reject(new Failure('INVARIANT', { where, seen: 'two calls of one driver at once' }))
      if (signal?.aborted) return reject(new Failure('ABORTED', { where }))
      const controller = new AbortController()
      const abort = () => {
        controller.abort()
        void endsInTime(mine)
      }
      signal?.addEventListener('abort', abort, { once: true })
      const ended = () => {
        running = null
        signal?.removeEventListener('abort', abort)
      }
      const settled = start(work, driver, controller.signal).then(
        (value) => {
          ended()
          resolve(value)
        },
        (error: unknown) => {
          ended()
          reject(error)
        },
      )
      const mine: Running = { controller, untilMs: clock.monotonicMs() + limitMs, reject, settled }
      running = mine
    })

  const endsInTime = async ({ settled }: Running): Promise<void> => {
    if (!(await within(clock, CALL_GRACE_MS, settled)))
      lose(new Failure('DEADLINE', { where, seen: `a call that runs on ${CALL_GRACE_MS} ms after its end was asked for` }))
  }

  const watchCalls = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(WATCH_MS, watch.signal)
      if (running && clock.monotonicMs() > running.untilMs) lose(new Failure('DEADLINE', { where, seen: 'a call of the driver that does not end' }))
    }
  }

  const shut = async (): Promise<void> => {
    lose(new Failure('ABORTED', { where }))
    watch.abort()
    const quiet = running === null || (await within(clock, CALL_GRACE_MS, running.settled))
    if (quiet) await within(clock, DRIVER_CLOSE_MS, closed(driver))
    await within(clock, LINK_CLOSE_MS, open.close())
  }

  void open.gone.then(lose)
  watchCalls().catch(() => {})
  return {
    call,
    lost,
    lose,
    get failed() {
      return over
    },
    close() {
      closing ??= shut()
      return closing
    },
  }
}

/** A driver that throws instead of rejecting has rejected. */
const closed = async (driver: Driver): Promise<void> => driver.close()
const start = async <T>(work: (driver: Driver, signal: AbortSignal) => Promise<T>, driver: Driver, signal: AbortSignal): Promise<T> =>
  work(driver, signal)
