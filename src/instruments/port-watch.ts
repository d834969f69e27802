import { EMPTY, Observable, ReplaySubject, share } from 'rxjs'
import { isFailure } from '../failures.js'
import type { Port } from '../links/contract.js'
import type { Clock } from '../spectrum/clock.js'

/** Milliseconds between looks at what is attached: libusb may miss an event, so the list has the last word. */
export const POLL_MS = 2000
/** Lists in a row in which a port must be missing before it counts as gone: one listing may fail. */
export const GONE_AFTER_LISTS = 2
/** Looks after a change that list in full: the ids of a new port are filled in after its node appears. */
const SETTLE_LOOKS = 3
/** At least every so many looks the full list is read, whatever the mark says: once a minute. */
const FULL_LIST_EVERY = 30

/** The ports of this machine over time. */
export interface PortWatch {
  list(): Promise<readonly Port[]>
  /** The newest list first, then each that differs. Looks only while somebody listens. */
  readonly ports$: Observable<readonly Port[]>
}

export interface PortWatchOptions {
  /** All ports, nothing opened (`listPorts` of src/links/open.ts). */
  readonly list: () => Promise<readonly Port[]>
  /** A cheap text that changes when ports come or go, null where there is none (`attachedMark` of src/links/attached.ts). */
  readonly mark: () => Promise<string | null>
  readonly clock: Clock
  /** Events of the system that are worth a look at once. */
  readonly nudge$?: Observable<unknown>
}

/** Watches by polling, nudged by events. */
export const watchPorts = ({ list, mark, clock, nudge$ = EMPTY }: PortWatchOptions): PortWatch => ({
  list,
  ports$: new Observable<readonly Port[]>((subscriber) => {
    const halt = new AbortController()
    let nudged = false
    let wake: () => void = () => {}
    const nudges = nudge$.subscribe(() => {
      nudged = true
      wake()
    })
    const pause = async () => {
      const early = new AbortController()
      wake = () => early.abort()
      halt.signal.addEventListener('abort', wake, { once: true })
      if (!nudged && !halt.signal.aborted) await clock.sleep(POLL_MS, early.signal).catch(ignoreAbort)
      halt.signal.removeEventListener('abort', wake)
    }
    const watch = async () => {
      let roll: readonly Seen[] | null = null
      let before: string | null = null
      let lookInFull = 0
      for (let look = 0; !halt.signal.aborted; look++) {
        const now = await mark()
        if (now === null || now !== before || nudged) lookInFull = SETTLE_LOOKS
        before = now
        nudged = false
        if (lookInFull > 0 || look % FULL_LIST_EVERY === 0) {
          lookInFull--
          const listed = await list().catch(() => null)
          if (listed !== null) {
            const next: readonly Seen[] = takeRoll(roll ?? [], listed)
            if (roll === null || portsKey(next) !== portsKey(roll)) subscriber.next(next.map(({ port }) => port))
            roll = next
          }
        }
        await pause()
      }
    }
    watch().catch((error: unknown) => subscriber.error(error))
    return () => {
      halt.abort()
      nudges.unsubscribe()
    }
  }).pipe(share({ connector: () => new ReplaySubject(1), resetOnRefCountZero: true })),
})

/** A port and how many lists in a row lacked it. */
export interface Seen {
  readonly port: Port
  readonly missed: number
}

/** The roll after one more list: new ports at once, missing ones stay until they were missing often enough. */
export const takeRoll = (roll: readonly Seen[], listed: readonly Port[]): readonly Seen[] => {
  const here = new Set(listed.map(portKey))
  const taken = new Set(listed.map(({ url }) => url))
  const missing = roll
    .filter(({ port }) => !here.has(portKey(port)) && !taken.has(port.url))
    .map(({ port, missed }) => ({ port, missed: missed + 1 }))
    .filter(({ missed }) => missed < GONE_AFTER_LISTS)
  return [...listed.map((port) => ({ port, missed: 0 })), ...missing].sort((a, b) => a.port.url.localeCompare(b.port.url))
}

/** Another device on the same address is another port. */
export const portKey = ({ url, kind, usbVendor, usbProduct, serialNumber }: Port): string =>
  JSON.stringify([url, kind, usbVendor, usbProduct, serialNumber])

const portsKey = (roll: readonly Seen[]): string => roll.map(({ port }) => portKey(port)).join()

const ignoreAbort = (error: unknown): void => {
  if (!isFailure(error, 'ABORTED')) throw error
}
