import { concatMap, distinctUntilChanged, filter, finalize, from, map, mergeMap, type Observable, Subject, Subscription, takeUntil, tap } from 'rxjs'
import { createCalibration } from '../calibration/calibrate.js'
import type { Moment } from '../calibration/references.js'
import type { EventContent } from '../delivery/contract.js'
import { Failure, isFailure } from '../failures.js'
import { acquisition, MAX_IN_FLIGHT, type Source } from '../instruments/acquisition.js'
import type { InstrumentEvent, InstrumentState, Supervisor } from '../instruments/runtime.js'
import { bindModel } from '../models/binding.js'
import { watchStream } from '../models/stream.js'
import { useTransfer } from '../models/transfer.js'
import type { TransferFile } from '../models/transfer-file.js'
import type { RequestTarget } from '../requests/verb.js'
import type { InstrumentSettings } from '../settings/schema.js'
import type { Clock } from '../spectrum/clock.js'
import type { Result } from '../spectrum/result.js'
import type { Store } from '../store/contract.js'
import { createAlarms, createEngineTeller } from './alarms.js'
import { createFlagWatch } from './flag-watch.js'
import { calibrated, type Decided, decided, inferred, type Line, prepared } from './line.js'
import type { ModelSlot, Seat } from './model-slot.js'
import { BLOCK, createNumbers } from './numbers.js'
import { STORE_RETRY_MS } from './patient.js'
import { openReferences, type References } from './references.js'
import { toResult } from './result.js'
import { told } from './told.js'

export interface StationOptions {
  readonly settings: Omit<InstrumentSettings, 'link'>
  readonly supervisor: Supervisor
  /** The one that the settings name. */
  readonly slot: ModelSlot
  /** What makes the answers of one bundle right on this instrument; null or left out: nothing. */
  readonly transfer?: TransferFile | null
  readonly agent: string
  readonly store: Pick<Store, 'reserveSeq' | 'references' | 'addReference' | 'lastSeq'>
  readonly clock: Clock
  readonly clockTrusted: () => boolean
  /** Names the boot that the monotonic clock counts in. */
  readonly boot: string
  readonly nextId: () => string
  /** Durable when it resolves (`Delivery.deliver`). Waits out a store that fails; rejects only when the agent stops. */
  readonly deliver: (result: Result) => Promise<void>
  readonly event: (content: EventContent) => void
  /** Sees each spectrum with its verdict before it is committed. */
  readonly onDecided?: (decision: Decided) => void
}

/** One instrument from exposure to committed answer, with its references and its model. Constructing does nothing. */
export interface Station {
  readonly supervisor: Supervisor
  /** Committed results, in the order of their numbers. */
  readonly committed$: Subject<Result>
  /** What its supervisor and its source of measurements tell. */
  readonly events$: Observable<InstrumentEvent>
  /** What requests see of it; null while it is not connected. */
  target(): RequestTarget | null
  start(): void
  /** Leaves the instrument as found; what is in flight is committed. May be called twice. */
  stop(): Promise<void>
}

type Connected = Extract<InstrumentState, { at: 'connected' }>

export const createStation = (options: StationOptions): Station => {
  const { settings, supervisor, slot, agent, store, clock, clockTrusted, boot, nextId, deliver, event } = options
  const committed$ = new Subject<Result>()
  const events$ = new Subject<InstrumentEvent>()
  const tellFailure = createEngineTeller(clock, event)
  const halt = new AbortController()
  const subscription = new Subscription()
  let connected: Connected | null = null
  let begun: Promise<Running> | null = null
  let inFlight = 0
  const now = (): Moment => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs(), boot, clockTrusted: clockTrusted() })

  /** Everything that belongs to one instrument id: its numbers, its references, its source. */
  interface Running {
    readonly id: string
    readonly source: Source
    readonly references: References
    line(): Promise<Line>
    /** Who asked for a measurement, by its number, until it is committed. */
    readonly asked: Map<number, { resolve(result: Result): void; reject(failure: Failure): void }>
    /** Nothing more comes out of its pipeline: another instrument took its place, or the end. */
    over: boolean
  }

  /** Waits out a store that fails: an instrument that is plugged in while the disk is full must not end the agent. */
  const begin = async (first: Connected): Promise<Running> => {
    for (;;) {
      try {
        return await setUp(first)
      } catch (error) {
        if (!isFailure(error, 'STORE_FAILED')) throw error
        event(told.fault(first.id, error, STORE_RETRY_MS))
        await clock.sleep(STORE_RETRY_MS, halt.signal)
      }
    }
  }
  const setUp = async (introduced: Connected): Promise<Running> => {
    const { id } = introduced
    const references = await openReferences({ instrument: id, store, event, now, nextId })
    // None may have been committed before, and yet a block reserved: by a start that was killed too soon.
    const last = (await store.lastSeq(id)) ?? 0
    const first = await store.reserveSeq(id, BLOCK)
    if (first > last + 1) event(told.gap(id, last + 1, first - 1))
    const nextSeq = createNumbers((count) => store.reserveSeq(id, count), first)
    const source = acquisition({ supervisor, trigger: settings.trigger, instrument: id, nextSeq, clock, clockTrusted })
    let bound: { to: Connected; seat: Seat; line: Line; end(): void } | null = null
    const line = async (): Promise<Line> => {
      // A spectrum may come when its instrument is gone, or another one is there: it is judged by what its own is.
      const to = connected?.id === id ? connected : (bound?.to ?? introduced)
      const { seat } = slot
      if (bound?.to !== to || bound.seat !== seat) {
        bound?.end()
        bound = { to, seat, ...lineFor(to, seat, references) }
      }
      seat.take()
      return bound.line
    }
    return { id, source, references, line, asked: new Map(), over: false }
  }

  const lineFor = ({ id, identity, axis }: Connected, { model, leave }: Seat, references: References): { line: Line; end(): void } => {
    const { policy, ...rules } = settings.references
    const alarms = createAlarms(id, event)
    const place = model && { sha256: model.bundle.sha256, task: model.bundle.manifest.task, axis, instrument: id }
    const transfer = place && options.transfer ? useTransfer(options.transfer, place) : null
    const binding = model && bindModel(model, { axis, quantity: settings.quantity }, policy, clock.monotonicMs, transfer)
    if (binding?.misfit) event(told.misfit(id, binding.misfit.flag, binding.misfit.why))
    const line: Line = {
      calibration: createCalibration({ identity, policy: rules, quantity: settings.quantity }),
      references: references.newest,
      policy,
      binding,
      stream: binding && watchStream(binding, alarms.take),
      leave,
    }
    return { line, end: alarms.end }
  }

  const gone = (): Failure => new Failure(halt.signal.aborted ? 'ABORTED' : 'NO_INSTRUMENT', { where: supervisor.where })
  const leave = (own: Running): void => {
    own.over = true
    for (const { reject } of own.asked.values()) reject(gone())
    own.asked.clear()
  }

  /** The way of a spectrum (DESIGN section 2), for one instrument id: until another one is on the link, and then what is in flight. */
  const pipeline = (own: Running) => {
    const watch = createFlagWatch(own.id, event)
    const another$ = supervisor.state$.pipe(filter((state) => state.at === 'connected' && state.id !== own.id))
    return own.source.measurements$.pipe(
      takeUntil(another$),
      tap(() => {
        inFlight++
      }),
      calibrated(own.line, now),
      prepared(),
      inferred(),
      decided(),
      tap((decision) => {
        tellFailure(own.id, decision.failure)
        slot.saw(decision)
        options.onDecided?.(decision)
      }),
      map((decision) => toResult({ agent, slot: settings.model, nextId }, decision)),
      mergeMap((result) => from(deliver(result).then(() => result)), MAX_IN_FLIGHT),
      tap((result) => {
        inFlight--
        own.source.release()
        own.asked.get(result.seq)?.resolve(result)
        own.asked.delete(result.seq)
        watch(result)
        committed$.next(result)
      }),
      finalize(() => leave(own)),
    )
  }

  /** The line of the instrument that is connected now; waits for one that is just being set up. */
  const current = async (): Promise<{ own: Running; to: Connected }> => {
    const own = await begun
    if (!own || own.over || connected?.id !== own.id) throw gone()
    return { own, to: connected }
  }
  const measure = async (): Promise<Result> => {
    const { own } = await current()
    const { seq } = await own.source.once(halt.signal)
    return new Promise((resolve, reject) => {
      if (own.over) reject(gone())
      else own.asked.set(seq, { resolve, reject })
    })
  }
  const takeReference: RequestTarget['takeReference'] = async (kind, density) => {
    const { own, to } = await current()
    const exposure = await supervisor.expose(halt.signal)
    return own.references.take({ kind, density, exposure, fullScale: to.identity.fullScale, rules: settings.references })
  }

  const leaveSlot = slot.join({
    where: supervisor.where,
    quantity: settings.quantity,
    transfer: options.transfer ?? null,
    connected: () => connected && { id: connected.id, family: connected.identity.family, axis: connected.axis },
  })

  return {
    supervisor,
    committed$,
    events$,
    target: () => connected && { id: connected.id, measure, takeReference },
    start() {
      subscription.add(supervisor.events$.subscribe((happened) => events$.next(happened)))
      subscription.add(
        supervisor.state$.subscribe((state) => {
          connected = state.at === 'connected' ? state : null
        }),
      )
      const instruments$ = supervisor.state$.pipe(
        filter((state): state is Connected => state.at === 'connected'),
        distinctUntilChanged((before, after) => before.id === after.id),
      )
      subscription.add(
        instruments$
          .pipe(
            // One after the other: what an instrument measured is committed before the numbers of the next are looked up, itself again perhaps.
            concatMap((first) => {
              begun = begin(first)
              return from(begun).pipe(
                tap(({ source }) => {
                  subscription.add(source.events$.subscribe((happened) => events$.next(happened)))
                }),
                mergeMap(pipeline),
              )
            }),
          )
          // A stop cuts waits short: that is no fault.
          .subscribe({ error: (error: unknown) => !halt.signal.aborted && committed$.error(error) }),
      )
      supervisor.start()
    },
    async stop() {
      halt.abort()
      leaveSlot()
      await supervisor.stop()
      for (let waitedMs = 0; inFlight > 0 && waitedMs < FLUSH_MS; waitedMs += FLUSH_STEP_MS) await clock.sleep(FLUSH_STEP_MS)
      subscription.unsubscribe()
      committed$.complete()
      events$.complete()
    },
  }
}

/** Milliseconds that a stop waits for what is in flight to be committed, and between two looks. */
const FLUSH_MS = 300
const FLUSH_STEP_MS = 5
