import { BehaviorSubject, type Observable } from 'rxjs'
import t from 'tap'
import { Failure } from '../../src/failures.js'
import { type AcquisitionOptions, acquisition, MAX_IN_FLIGHT } from '../../src/instruments/acquisition.js'
import type { Exposure, InstrumentEvent, InstrumentState } from '../../src/instruments/runtime.js'
import { pixelAxis } from '../../src/spectrum/axis.js'
import type { Measurement } from '../../src/spectrum/measurement.js'
import { fakeInstrument } from '../support/fake-instrument.js'
import { manualClock } from '../support/manual-clock.js'

const axis = pixelAxis(2)
const { identity } = fakeInstrument()
const applied = { integrationUs: { requested: 1, rounded: 1, readBack: 1 }, gain: null, binning: null, pixels: 2 }
const connected = (id = 'fake-1'): InstrumentState => ({ at: 'connected', id, identity, axis, applied })
const fault: InstrumentState = { at: 'fault', id: 'fake-1', failure: new Failure('PORT_GONE'), retryInMs: 0 }

/** A source over a supervisor whose exposures take 100 ms; `fails` makes them fail. */
const rig = (changed: Partial<AcquisitionOptions> = {}) => {
  const clock = manualClock()
  const state = new BehaviorSubject<InstrumentState>(connected())
  const world = { exposures: 0, fails: null as Failure | null, exposureMs: 100, begun: [] as number[] }
  const expose = async (signal: AbortSignal): Promise<Exposure> => {
    world.begun.push(clock.monotonicMs())
    world.exposures++
    if (world.fails) throw world.fails
    await clock.sleep(world.exposureMs, signal)
    return {
      axis,
      counts: Float64Array.from([1, 2]),
      saturated: new Uint8Array(2),
      acquisition: { integrationUs: 1e5, gain: null, binning: null, averages: 1, exposureMs: 100, temperatureC: null },
      endMs: clock.monotonicMs(),
      endWallMs: clock.wallMs(),
      flags: [],
    }
  }
  let seq = 0
  const source = acquisition({
    supervisor: { state$: state, expose },
    trigger: 'continuous',
    instrument: 'fake-1',
    nextSeq: () => ++seq,
    clock,
    ...changed,
  })
  const got: Measurement[] = []
  const events: InstrumentEvent[] = []
  source.events$.subscribe((event) => events.push(event))
  const missed = () => events.reduce((sum, event) => sum + (event.kind === 'trigger-missed' ? event.count : 0), 0)
  const run = (measurements$: Observable<Measurement> = source.measurements$) => measurements$.subscribe((one) => got.push(one))
  return { clock, state, world, source, got, events, missed, run }
}

t.test('a measurement is numbered and dated at its end of exposure, once and for all', async (t) => {
  const { clock, got, run } = rig()
  const running = run()
  await clock.advance(250)
  running.unsubscribe()
  t.match(got, [
    { instrument: 'fake-1', seq: 1, time: '2026-01-01T00:00:00.100Z', endMs: 100, flags: [] },
    { instrument: 'fake-1', seq: 2, time: '2026-01-01T00:00:00.200Z', endMs: 200, flags: [] },
  ])
})

t.test('no more than 16 measurements are between acquisition and commit', async (t) => {
  const { clock, world, source, got, run } = rig()
  const running = run()
  await clock.advance(100 * MAX_IN_FLIGHT * 3)
  t.equal(got.length, MAX_IN_FLIGHT)
  t.equal(world.exposures, MAX_IN_FLIGHT)
  source.release()
  source.release()
  await clock.advance(1000)
  t.equal(got.length, MAX_IN_FLIGHT + 2)
  running.unsubscribe()
})

t.test('releasing what was never acquired is a broken invariant', async (t) => {
  t.throws(() => rig().source.release(), { code: 'INVARIANT' })
})

t.test('continuous: the next exposure goes on before the last measurement is computed', async (t) => {
  const { clock, world, source } = rig()
  const begunWhenEmitted: number[] = []
  const running = source.measurements$.subscribe(() => begunWhenEmitted.push(world.exposures))
  await clock.advance(250)
  t.strictSame(begunWhenEmitted, [2, 3])
  running.unsubscribe()
})

t.test('nothing runs before somebody subscribes, nor after', async (t) => {
  const { clock, world, run } = rig()
  await clock.advance(1000)
  t.equal(world.exposures, 0)
  const running = run()
  await clock.advance(150)
  running.unsubscribe()
  await clock.advance(10_000)
  t.equal(world.exposures, 2)
  t.equal(clock.sleepers, 0)
})

t.test('on an interval each tick measures, and a tick that is due at the end of an exposure is not missed', async (t) => {
  const { clock, world, source, missed, run } = rig({ trigger: { intervalMs: 100 } })
  const running = run()
  for (let i = 0; i < 5; i++) {
    await clock.advance(100)
    source.release()
  }
  t.strictSame(world.begun, [0, 100, 200, 300, 400, 500])
  t.equal(missed(), 0)
  running.unsubscribe()
})

t.test('ticks during an exposure are counted as missed and never queued up', async (t) => {
  const { clock, world, source, missed, run } = rig({ trigger: { intervalMs: 100 } })
  world.exposureMs = 250
  const running = run(source.measurements$)
  await clock.advance(620)
  t.strictSame(world.begun, [0, 300, 600])
  running.unsubscribe()
  t.equal(missed(), 4)
})

t.test('ticks while the instrument is away, or its exposure fails, are missed; then it goes on', async (t) => {
  const { clock, state, world, got, missed, run } = rig({ trigger: { intervalMs: 1000 } })
  const running = run()
  await clock.advance(500)
  state.next(fault)
  await clock.advance(3000)
  state.next(connected())
  world.fails = new Failure('BAD_FRAME')
  await clock.advance(1000)
  world.fails = null
  await clock.advance(1000)
  t.strictSame(
    got.map(({ endMs }) => endMs),
    [100, 5100],
  )
  running.unsubscribe()
  t.equal(missed(), 4)
})

t.test('ticks while 16 are in flight are missed', async (t) => {
  const { clock, got, missed, run } = rig({ trigger: { intervalMs: 100 }, maxInFlight: 2 })
  const running = run()
  await clock.advance(1050)
  t.equal(got.length, 2)
  running.unsubscribe()
  t.equal(missed(), 9)
})

t.test('missed ticks are told in sums: the first at once, then at most every 10 s', async (t) => {
  const { clock, state, events, missed, run } = rig({ trigger: { intervalMs: 10 } })
  const running = run()
  await clock.advance(0)
  state.next(fault)
  await clock.advance(25_000)
  t.equal(events.length, 3)
  running.unsubscribe()
  t.equal(missed(), 2500, 'every one of them was told')
})

t.test('a failed exposure does not end the stream, and its place is free again', async (t) => {
  const { clock, state, world, got, run } = rig({ maxInFlight: 1 })
  world.fails = new Failure('PORT_GONE')
  const running = run()
  await clock.advance(0)
  state.next(fault)
  await clock.advance(60_000)
  t.equal(world.exposures, 1, 'nothing is tried while the instrument is away')
  world.fails = null
  state.next(connected())
  await clock.advance(101)
  t.equal(got.length, 1)
  running.unsubscribe()
})

t.test('failures of an instrument that stays connected do not spin', async (t) => {
  const { clock, world, run } = rig()
  world.fails = new Failure('TOO_MANY')
  const running = run()
  await clock.advance(9999)
  t.equal(world.exposures, 10)
  running.unsubscribe()
})

t.test('a supervisor that has stopped is not asked any more', async (t) => {
  const { clock, state, world, run } = rig()
  const running = run()
  await clock.advance(50)
  world.fails = new Failure('ABORTED')
  state.complete()
  await clock.advance(100_000)
  t.ok(world.exposures <= 2)
  running.unsubscribe()
})

t.test('by request alone nothing is measured by itself; a request comes out of the stream as well', async (t) => {
  const { clock, world, source, got, run } = rig({ trigger: 'request' })
  await t.rejects(source.once(new AbortController().signal), { code: 'NO_INSTRUMENT' }, 'nobody takes it')
  const running = run()
  await clock.advance(10_000)
  t.equal(world.exposures, 0)
  const asked = source.once(new AbortController().signal)
  await clock.advance(100)
  t.equal(await asked, got[0])
  world.fails = new Failure('NO_INSTRUMENT')
  await t.rejects(source.once(new AbortController().signal), { code: 'NO_INSTRUMENT' })
  source.release()
  t.throws(() => source.release(), { code: 'INVARIANT' }, 'the one that failed holds no place')
  running.unsubscribe()
})

t.test('numbers rise in the stream even where the store answers late', async (t) => {
  const answers: ((seq: number) => void)[] = []
  const { clock, source, got, run } = rig({ trigger: 'request', nextSeq: () => new Promise<number>((resolve) => answers.push(resolve)) })
  const running = run()
  const both = [source.once(new AbortController().signal), source.once(new AbortController().signal)]
  await clock.advance(100)
  t.equal(answers.length, 1, 'one is numbered after the other')
  answers[0]?.(7)
  await clock.advance(0)
  answers[1]?.(8)
  await Promise.all(both)
  t.strictSame(
    got.map(({ seq }) => seq),
    [7, 8],
  )
  running.unsubscribe()
})

t.test('a store that gives no number costs time, not the measurement', async (t) => {
  let fails = 2
  const nextSeq = async () => {
    if (fails-- > 0) throw new Failure('STORE_FAILED')
    return 5
  }
  const { clock, got, events, run } = rig({ nextSeq, maxInFlight: 1 })
  const running = run()
  await clock.advance(2100)
  t.match(got, [{ seq: 5, time: '2026-01-01T00:00:00.100Z' }])
  t.match(events, Array(2).fill({ kind: 'retry', action: 'again', failure: { code: 'STORE_FAILED' } }))
  running.unsubscribe()
})

t.test('what another instrument on the same link measured never comes out under this name', async (t) => {
  const { clock, state, world, got, source, run } = rig()
  const running = run()
  await clock.advance(50)
  state.next(fault)
  state.next(connected('fake-2'))
  await clock.advance(10_000)
  t.equal(got.length, 0)
  t.equal(world.exposures, 1)
  await t.rejects(Promise.all([source.once(new AbortController().signal), clock.advance(100)]), { code: 'NO_INSTRUMENT' })
  running.unsubscribe()
})

t.test('a clock that cannot be trusted is told on each measurement', async (t) => {
  let trusted = false
  const { clock, got, run } = rig({ clockTrusted: () => trusted })
  const running = run()
  await clock.advance(100)
  trusted = true
  await clock.advance(100)
  t.strictSame(
    got.map(({ flags }) => flags),
    [['clock-unsynchronized'], []],
  )
  running.unsubscribe()
})

t.test('a source has one pipeline', async (t) => {
  const { source, run } = rig()
  const running = run()
  await new Promise<void>((resolve) =>
    source.measurements$.subscribe({
      error(error: unknown) {
        t.match(error, { code: 'INVARIANT' })
        resolve()
      },
    }),
  )
  running.unsubscribe()
})
