import { BehaviorSubject, type Observable } from 'rxjs'
import { asFailure, Failure } from '../failures.js'
import type { Settings } from '../settings/schema.js'
import type { Clock } from '../spectrum/clock.js'
import type { Random } from '../spectrum/random.js'
import { waitMs } from './back-off.js'
import type { BrokerState } from './contract.js'
import { readCredentials } from './credentials.js'
import type { Message, Refusal } from './message.js'
import { type Attempt, type Incoming, openSession, type ProtocolVersion, type Session } from './session.js'
import type { Window } from './window.js'

/** Milliseconds after which a connection counts as a good one: one that is cut at once must not be made again without growing pauses. */
export const STEADY_MS = 30_000
/** Milliseconds without one PUBACK for what is in flight, after which the connection is taken for dead. */
export const STALL_MS = 60_000
/** Milliseconds between two looks for that. */
const STALL_LOOK_MS = 15_000

export interface BrokerOptions {
  readonly settings: Settings['mqtt']
  readonly clientId: string
  readonly will: Message
  readonly subscribe: readonly string[]
  readonly window: Window
  readonly onMessage: (message: Incoming) => void
  readonly onSubscribeRefused: (refusal: Refusal, filter: string) => void
  readonly clock: Clock
  readonly random: Random
}

/** Keeps a connection: one session after another, with growing pauses while it cannot be had. */
export interface Broker {
  readonly state$: Observable<BrokerState>
  readonly session: Session | null
  start(): void
  /** Ends whatever is going on. May be called twice, and before `start`. */
  stop(): Promise<void>
}

export const createBroker = ({ settings, window, clock, random, ...asked }: BrokerOptions): Broker => {
  const state$ = new BehaviorSubject<BrokerState>({ at: 'connecting' })
  const stop = new AbortController()
  const { url, keepaliveS } = settings
  let session: Session | null = null
  let version: ProtocolVersion = 5
  let running: Promise<void> | null = null

  const attemptWith = (tried: ProtocolVersion): Promise<Attempt> =>
    openSession({ ...asked, url, version: tried, keepaliveS, credentials: readCredentials(settings) }, stop.signal)
  /** MQTT 5, or 3.1.1 where the broker says or seems to want that. Only what it said is remembered. */
  const attempt = async (): Promise<Attempt> => {
    const first = await attemptWith(version)
    if (first.kind === 'open' || first.version === 'accepted' || stop.signal.aborted) return first
    const other = version === 5 ? 4 : 5
    if (first.version === 'refused') version = other
    const second = await attemptWith(other)
    // Both hung up: the first told what there is to tell.
    return second.kind === 'failed' && second.version !== 'accepted' ? first : second
  }
  const serve = async (opened: Session): Promise<Failure> => {
    const ended = new AbortController()
    session = opened
    window.attach(opened)
    state$.next({ at: 'connected' })
    watch(opened, ended.signal).catch(() => {})
    const failure = await opened.lost
    ended.abort()
    session = null
    window.detach()
    return failure
  }
  const watch = async (opened: Session, signal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(STALL_LOOK_MS, signal)
      if (window.inFlight > 0 && clock.monotonicMs() - window.progressMs >= STALL_MS)
        opened.drop(
          new Failure('BROKER_UNREACHABLE', { where: url, seen: `no acknowledgement for ${STALL_MS / 1000} s`, cure: 'look at the broker' }),
        )
    }
  }
  const run = async (): Promise<void> => {
    let failures = 0
    while (!stop.signal.aborted) {
      state$.next({ at: 'connecting' })
      const result = await attempt().catch(
        (error: unknown): Attempt => ({ kind: 'failed', failure: asFailure(error, 'BROKER_UNREACHABLE', url), version: 'accepted' }),
      )
      const startedMs = clock.monotonicMs()
      const failure = result.kind === 'open' ? await serve(result.session) : result.failure
      if (stop.signal.aborted) return
      if (result.kind === 'open' && clock.monotonicMs() - startedMs >= STEADY_MS) failures = 0
      failures += 1
      const retryInMs = waitMs(failures, random)
      state$.next({ at: 'waiting', failure, retryInMs })
      await clock.sleep(retryInMs, stop.signal).catch(() => {})
    }
  }
  return {
    state$: state$.asObservable(),
    get session() {
      return session
    },
    start() {
      running ??= run()
    },
    async stop() {
      stop.abort()
      session?.drop(new Failure('ABORTED', { where: url }))
      await running
      state$.complete()
    },
  }
}
