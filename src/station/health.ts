import type { Clock } from '../spectrum/clock.js'
import type { Store } from '../store/contract.js'
import type { ClockTrust } from './clock-trust.js'
import { type Counters, rates } from './overview.js'

/** Seconds between two `health` messages, and between two notes of the clock floor. */
export const HEALTH_S = 10
/** The fact under which the last trusted wall time is kept, ms since 1970. */
export const CLOCK_FLOOR = 'clock-floor'

export interface HealthOptions {
  readonly store: Pick<Store, 'stats' | 'setFact'>
  readonly clock: Clock
  readonly clockTrusted: ClockTrust
  readonly counters: ReadonlyMap<string, Counters>
  /** Counts of the way to the broker. */
  readonly delivery: () => object
  readonly retain: (topic: string, payload: unknown) => void
}

/** Queue, memory and rates every few seconds, and the clock floor with them, until the signal. */
export const reportHealth = async ({ store, clock, clockTrusted, counters, delivery, retain }: HealthOptions, signal: AbortSignal): Promise<void> => {
  const startedMs = clock.monotonicMs()
  let before: readonly Counters[] = []
  while (!signal.aborted) {
    const now = [...counters.values()].map((counter) => ({ ...counter }))
    const outbox = await store.stats().catch(() => null)
    // The floor is a help for the next start, not a promise: a store that fails is told where results wait for it.
    if (clockTrusted()) await store.setFact(CLOCK_FLOOR, String(Math.floor(clock.wallMs()))).catch(() => {})
    retain('health', {
      time: new Date(clock.wallMs()).toISOString(),
      uptimeS: Math.round((clock.monotonicMs() - startedMs) / 1000),
      rssMiB: Math.round(process.memoryUsage.rss() / 1024 ** 2),
      outbox,
      delivery: delivery(),
      instruments: now,
      spectraPerS: rates(before, now, HEALTH_S),
    })
    before = now
    await clock.sleep(HEALTH_S * 1000, signal).catch(() => {})
  }
}
