import { BehaviorSubject, Subject } from 'rxjs'
import { asFailure, Failure, isFailure } from '../failures.js'
import type { Clock } from '../spectrum/clock.js'
import type { BadFrameCause } from './contract.js'
import { averaging } from './exposure.js'
import type { Families } from './families.js'
import { createFinder } from './finder.js'
import { afterConnection, bottom, climb } from './ladder.js'
import { POLL_MS, type PortWatch } from './port-watch.js'
import type { Exposure, InstrumentEvent, InstrumentState, Supervisor } from './runtime.js'
import { connect, type Open, type Session, type Wanted } from './session.js'
import { createTurns } from './turns.js'
import { within } from './within.js'

/** Exposures that may wait beside the one that runs; the next caller is refused with TOO_MANY. */
export const MAX_WAITING = 16
/** Milliseconds for the slowest orderly stop: a call, the driver and the link in turn, each with its own limit. */
const STOP_LIMIT_MS = 1450

export interface SupervisorOptions {
  /** One entry of `instruments` in the settings, or the defaults with the link of a found port. */
  readonly settings: Wanted
  readonly clock: Clock
  /** `openPort` of src/links/open.ts. */
  readonly open: Open
  readonly ports: PortWatch
  readonly families: Families
}

/** Looks after one instrument. Constructing does nothing; `start()` acts, `stop()` undoes it. */
export const createSupervisor = ({ settings, clock, open, ports, families }: SupervisorOptions): Supervisor => {
  const where = settings.link
  const state = new BehaviorSubject<InstrumentState>({ at: 'connecting' })
  const events = new Subject<InstrumentEvent>()
  const turns = createTurns(MAX_WAITING, where)
  const finder = createFinder(settings, ports, families)
  const halt = new AbortController()
  let session: Session | null = null
  let id = settings.id
  let ladder = bottom
  let life: Promise<void> | null = null
  let stopping: Promise<void> | null = null

  const live = async (): Promise<void> => {
    while (!halt.signal.aborted) {
      if (state.value.at !== 'connecting') state.next({ at: 'connecting' })
      const { failure, closed } = await oneConnection()
      if (!halt.signal.aborted) {
        const [next, rung] = climb(ladder, failure.code, 'connecting')
        ladder = next
        const retryInMs = rung.action === 'reopen' ? rung.delayMs : null
        state.next({ at: 'fault', id, failure, retryInMs })
        if (retryInMs !== null) events.next({ kind: 'retry', failure, action: 'reopen' })
        await closed
        await pause(retryInMs)
      }
      await closed
    }
  }

  /** From finding the instrument to losing it: how it ended, and when all that was open is closed again. */
  const oneConnection = async (): Promise<{ failure: Failure; closed: Promise<void> }> => {
    try {
      const own = await connectAny()
      const close = () => own.held.close()
      halt.signal.addEventListener('abort', close, { once: true })
      if (halt.signal.aborted) void close()
      const { identity, applied, plan } = own
      const sinceMs = clock.monotonicMs()
      session = own
      id = own.id
      if (!halt.signal.aborted) state.next({ at: 'connected', id, identity, axis: plan.axis, applied })
      const failure = await own.held.lost
      session = null
      halt.signal.removeEventListener('abort', close)
      ladder = afterConnection(ladder, clock.monotonicMs() - sinceMs)
      return { failure, closed: close() }
    } catch (error) {
      return { failure: asFailure(error, 'INVARIANT', where), closed: Promise.resolve() }
    }
  }

  const told = (cause: BadFrameCause, bytes: number) => events.next({ kind: 'bad-frame', cause, bytes })

  /** A link may mean several ports: the next one is asked where another instrument answers, or another process holds it. */
  const connectAny = async (): Promise<Session> => {
    const candidates = await finder.find()
    let last: unknown = new Failure('NO_INSTRUMENT', { where })
    for (const candidate of candidates) {
      try {
        const family = await families.family(candidate.family)
        return await connect({ candidate, family, wanted: settings, open, clock, signal: halt.signal, badFrame: told })
      } catch (error) {
        last = error
        if (!isFailure(error, 'WRONG_INSTRUMENT', 'PORT_BUSY')) break
      }
    }
    throw last
  }

  /** Until the next try is due, or the instrument is plugged in, or the end. */
  const pause = async (ms: number | null): Promise<void> => {
    if (halt.signal.aborted || ms === 0) return
    const early = new AbortController()
    const wake = () => early.abort()
    halt.signal.addEventListener('abort', wake, { once: true })
    const plugged = ms !== null && ms > POLL_MS ? finder.plugged$?.subscribe({ next: wake, error: () => {} }) : undefined
    if (ms === null) await new Promise((resolve) => early.signal.addEventListener('abort', resolve, { once: true }))
    else await clock.sleep(ms, early.signal).catch(() => {})
    plugged?.unsubscribe()
    halt.signal.removeEventListener('abort', wake)
  }

  const measure = async (signal: AbortSignal): Promise<Exposure> => {
    if (halt.signal.aborted) throw new Failure('ABORTED', { where })
    const own = session
    if (own === null) throw absent(where, state.value)
    const exposure = averaging(own.plan)
    for (let taken = 0; taken < own.plan.averages; ) {
      try {
        exposure.add(await own.acquire(signal))
        taken++
        ladder = bottom
      } catch (error) {
        const failure = asFailure(error, 'INVARIANT', where)
        // Lost, or not wanted any more: nothing that a further frame could mend.
        if (own.held.failed || failure.code === 'ABORTED') throw failure
        const [next, rung] = climb(ladder, failure.code, 'measuring')
        if (rung.action !== 'again') {
          own.held.lose(failure)
          throw failure
        }
        ladder = next
        events.next({ kind: 'retry', failure, action: 'again' })
      }
    }
    return exposure.finish(clock)
  }

  const end = async (): Promise<void> => {
    halt.abort()
    if (life) await within(clock, STOP_LIMIT_MS, life)
    state.complete()
    events.complete()
  }

  return {
    where,
    state$: state.asObservable(),
    events$: events.asObservable(),
    start() {
      life ??= live()
    },
    expose: (signal) => turns.take(signal, () => measure(signal)),
    stop() {
      stopping ??= end()
      return stopping
    },
  }
}

const absent = (where: string, state: InstrumentState): Failure =>
  state.at === 'fault'
    ? new Failure('NO_INSTRUMENT', { where, seen: state.failure.message, cause: state.failure })
    : new Failure('NO_INSTRUMENT', { where, seen: 'still looking for it' })
