import { Observable, Subject } from 'rxjs'
import { Failure } from '../failures.js'
import type { Clock } from '../spectrum/clock.js'
import type { Measurement } from '../spectrum/measurement.js'
import { watchConnection } from './connection.js'
import { createNumbering } from './numbering.js'
import type { Exposure, InstrumentEvent, Supervisor } from './runtime.js'
import { createSlots } from './slots.js'
import { createTally } from './tally.js'
import { following } from './ticks.js'

/** Measurements between acquisition and commit (DESIGN section 2): what a kill may cost. */
export const MAX_IN_FLIGHT = 16
/** Milliseconds before the next try where a failure did not disconnect the instrument. */
const PAUSE_MS = 1000

/** When to measure. */
export type Trigger = 'request' | 'continuous' | { readonly intervalMs: number }

export interface AcquisitionOptions {
  readonly supervisor: Pick<Supervisor, 'state$' | 'expose'>
  readonly trigger: Trigger
  /** Instrument id: nothing that another instrument measured is ever given out under it. */
  readonly instrument: string
  /** The next number of this instrument; every call gives another one, rising. */
  readonly nextSeq: () => number | Promise<number>
  readonly clock: Clock
  /** Whether the wall clock can be believed now; if not, measurements carry `clock-unsynchronized`. */
  readonly clockTrusted?: () => boolean
  readonly maxInFlight?: number
}

/** Where the measurements of one instrument come from. */
export interface Source {
  /** For one subscriber, once: the subscription is what makes the trigger run. Never ends; failures are waited out. */
  readonly measurements$: Observable<Measurement>
  /** `trigger-missed`, and `retry` when the store gave no number. */
  readonly events$: Observable<InstrumentEvent>
  /** One measurement has left the pipeline, committed or given up: another one may start. */
  release(): void
  /**
   * One measurement on request. It comes out of `measurements$` as well, in its turn, and counts until it is released.
   * @throws Failure as `Supervisor.expose`; NO_INSTRUMENT also when nobody takes the measurements or another instrument answered.
   */
  once(signal: AbortSignal): Promise<Measurement>
}

/** The source pulls: an exposure starts only while fewer than `maxInFlight` measurements are on their way. */
export const acquisition = ({ supervisor, trigger, instrument, clock, maxInFlight = MAX_IN_FLIGHT, ...numbers }: AcquisitionOptions): Source => {
  const out = new Subject<Measurement>()
  const events = new Subject<InstrumentEvent>()
  const tally = createTally(clock, (count) => events.next({ kind: 'trigger-missed', count }))
  const slots = createSlots(maxInFlight)
  const connection = watchConnection(supervisor.state$, instrument)
  const hand = createNumbering({ instrument, clock, maxWaiting: maxInFlight, ...numbers, tell: (event) => events.next(event), out })
  let started = false

  /** An exposure in a slot already taken; without one the slot is free again. */
  const expose = async (signal: AbortSignal): Promise<Exposure> => {
    try {
      const exposure = await supervisor.expose(signal)
      if (connection.strange) throw new Failure('NO_INSTRUMENT', { where: instrument, seen: 'another instrument on its link' })
      return exposure
    } catch (error) {
      slots.give()
      throw error
    }
  }

  /** Starts at once where it can, without a detour through the event loop; null for an exposure that failed. */
  const next = async (signal: AbortSignal): Promise<Exposure | null> => {
    if (!slots.tryTake()) await slots.take(signal)
    if (!connection.connected) await connection.until(signal)
    const exposure = await expose(signal).catch(() => null)
    if (exposure === null && connection.connected) await clock.sleep(PAUSE_MS, signal)
    return exposure
  }

  const continuous = async (signal: AbortSignal): Promise<never> => {
    let coming = next(signal)
    for (;;) {
      const exposure = await coming
      if (exposure === null) coming = next(signal)
      // The instrument exposes the next one while this one is computed.
      else
        await hand(exposure, signal, () => {
          coming = next(signal)
        })
    }
  }

  const ticking = async (intervalMs: number, signal: AbortSignal): Promise<never> => {
    await connection.until(signal)
    let tickMs = clock.monotonicMs()
    for (;;) {
      const waitMs = tickMs - clock.monotonicMs()
      if (waitMs > 0) await clock.sleep(waitMs, signal)
      const exposure = connection.connected && slots.tryTake() ? await expose(signal).catch(() => null) : null
      if (signal.aborted) throw new Failure('ABORTED')
      if (exposure) await hand(exposure, signal)
      const { nextMs, missed } = following(tickMs, clock.monotonicMs(), intervalMs)
      tally.add(missed + (exposure ? 0 : 1))
      tickMs = nextMs
    }
  }

  return {
    measurements$: new Observable((subscriber) => {
      if (started) return subscriber.error(new Failure('INVARIANT', { where: instrument, seen: 'a second pipeline on one source' }))
      started = true
      const halt = new AbortController()
      connection.open()
      const passing = out.subscribe(subscriber)
      const running =
        trigger === 'request' ? Promise.resolve() : trigger === 'continuous' ? continuous(halt.signal) : ticking(trigger.intervalMs, halt.signal)
      running.catch((error: unknown) => {
        if (!halt.signal.aborted) subscriber.error(error)
      })
      return () => {
        halt.abort()
        passing.unsubscribe()
        connection.close()
        tally.flush()
        events.complete()
      }
    }),
    events$: events.asObservable(),
    release: () => slots.give(),
    async once(signal) {
      if (!out.observed) throw new Failure('NO_INSTRUMENT', { where: instrument, seen: 'no pipeline that takes its measurements' })
      if (!slots.tryTake()) await slots.take(signal)
      const exposure = await expose(signal)
      return hand(exposure, signal).catch((error: unknown) => {
        slots.give()
        throw error
      })
    },
  }
}
