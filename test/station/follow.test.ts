import { BehaviorSubject, Subject } from 'rxjs'
import t from 'tap'
import type { EventContent } from '../../src/delivery/contract.js'
import { Failure } from '../../src/failures.js'
import type { InstrumentEvent, InstrumentState } from '../../src/instruments/runtime.js'
import type { Result } from '../../src/spectrum/result.js'
import { follow } from '../../src/station/follow.js'
import type { Counters } from '../../src/station/overview.js'
import { axis } from '../support/answers.js'
import { result } from '../support/deliveries.js'
import { fakeInstrument } from '../support/fake-instrument.js'

const { identity } = fakeInstrument()
const applied = { integrationUs: { requested: 1, rounded: 1, readBack: 1 }, gain: null, binning: null, pixels: 4 }
const connected = (id: string): InstrumentState => ({ at: 'connected', id, identity, axis, applied })
const fault: InstrumentState = { at: 'fault', id: null, failure: new Failure('PORT_GONE', { where: 'there' }), retryInMs: 1000 }

const bench = () => {
  const state$ = new BehaviorSubject<InstrumentState>({ at: 'connecting' })
  const events$ = new Subject<InstrumentEvent>()
  const committed$ = new Subject<Result>()
  const retained: [string, unknown][] = []
  const events: EventContent[] = []
  const crashes: Failure[] = []
  const counters = new Map<string, Counters>()
  const supervisor = { where: 'there', state$, events$, start: () => {}, expose: () => Promise.reject(new Error('never')), stop: async () => {} }
  const station = { supervisor, committed$, events$, target: () => null, start: () => {}, stop: async () => {} }
  const following = follow(station, {
    ...{ counters, retain: (topic, payload) => retained.push([topic, payload]) },
    ...{ event: (content) => events.push(content), crash: (failure) => crashes.push(failure) },
  })
  return { state$, events$, committed$, retained, events, crashes, counters, following }
}

t.test('an instrument is introduced when it is known, and its state follows', async (t) => {
  const { state$, retained, events } = bench()
  t.strictSame(retained, [], 'nothing is said of an instrument without a name')
  state$.next(connected('one'))
  t.match(retained, [
    ['instrument/one/info', { model: 'one', link: 'there' }],
    ['instrument/one/state', { state: 'connected', calibrated: null }],
  ])
  state$.next(fault)
  t.match(retained.at(-1), ['instrument/one/state', { state: 'fault', reason: { code: 'PORT_GONE' }, retryInMs: 1000 }])
  t.match(events, [
    { kind: 'connected', instrument: 'one', message: 'one is connected' },
    { kind: 'fault', instrument: 'one', code: 'PORT_GONE', data: { retryInMs: 1000 } },
  ])
})

t.test('a fault of what was never identified is an event without a name', async (t) => {
  const { state$, retained, events } = bench()
  state$.next(fault)
  t.match(events, [{ kind: 'fault', instrument: null, code: 'PORT_GONE' }])
  t.strictSame(retained, [])
})

t.test('results are counted by verdict, and the state is told again only when calibration changed', async (t) => {
  const { state$, committed$, retained, counters } = bench()
  state$.next(connected('one'))
  const before = retained.length
  committed$.next(result(1, 'one'))
  committed$.next(result(2, 'one'))
  t.match(retained.slice(before), [['instrument/one/state', { calibrated: true }]])
  committed$.next({ ...result(3, 'one'), verdict: 'rejected', flags: ['dark-expired'] })
  committed$.next({ ...result(4, 'one'), verdict: 'rejected', flags: ['dark-expired'] })
  committed$.next({ ...result(5, 'one'), verdict: 'unknown' })
  t.strictSame(
    retained.slice(before).map(([, payload]) => Reflect.get(Object(payload), 'calibrated')),
    [true, false, true],
  )
  t.match(counters.get('one'), { accepted: 2, rejected: 2, unknown: 1 })
})

t.test('bad frames and missed triggers are told and counted, a mere retry is not told', async (t) => {
  const { state$, events$, events, counters } = bench()
  state$.next(connected('one'))
  events.length = 0
  events$.next({ kind: 'bad-frame', cause: 'checksum', bytes: 12 })
  events$.next({ kind: 'retry', failure: new Failure('DEADLINE'), action: 'again' })
  events$.next({ kind: 'trigger-missed', count: 3 })
  t.match(events, [
    { kind: 'bad-frame', instrument: 'one', code: 'BAD_FRAME', data: { cause: 'checksum', bytes: 12 } },
    { kind: 'trigger-missed', instrument: 'one', data: { count: 3 } },
  ])
  t.match(counters.get('one'), { badFrames: 1, triggersMissed: 3 })
})

t.test('counters outlive a reconnection, and each instrument on a link has its own', async (t) => {
  const { state$, committed$, counters, retained } = bench()
  state$.next(connected('one'))
  committed$.next(result(1, 'one'))
  state$.next(fault)
  state$.next(connected('one'))
  committed$.next(result(2, 'one'))
  state$.next(connected('two'))
  const before = retained.length
  committed$.next({ ...result(3, 'one'), flags: ['dark-expired'] })
  t.equal(retained.length, before, 'what the one before leaves behind is not said of this one')
  committed$.next(result(1, 'two'))
  t.equal(counters.get('one')?.accepted, 3)
  t.equal(counters.get('two')?.accepted, 1)
})

t.test('a line that breaks is a crash with its place, and after the end nothing is told', async (t) => {
  const { state$, committed$, crashes, following, events } = bench()
  committed$.error(new TypeError('a mistake of ours'))
  t.match(crashes, [{ code: 'INVARIANT', where: 'there', seen: 'a mistake of ours' }])
  following.unsubscribe()
  state$.next(fault)
  t.strictSame(events, [])
})
