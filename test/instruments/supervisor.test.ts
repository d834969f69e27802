import { defer, NEVER, Subject, startWith } from 'rxjs'
import t from 'tap'
import { Failure } from '../../src/failures.js'
import type { PortWatch } from '../../src/instruments/port-watch.js'
import type { InstrumentEvent, InstrumentState } from '../../src/instruments/runtime.js'
import type { Wanted } from '../../src/instruments/session.js'
import { createSupervisor, MAX_WAITING } from '../../src/instruments/supervisor.js'
import { fakeDescription, fakeInstrument, wanted } from '../support/fake-instrument.js'
import { manualClock } from '../support/manual-clock.js'

const noPorts: PortWatch = { list: async () => [], ports$: NEVER }

/** A supervisor over a fake, with everything that it tells. */
const rig = (changed: Partial<Wanted> = {}, ports = noPorts, clock = manualClock(), fake = fakeInstrument()) => {
  const supervisor = createSupervisor({ settings: { ...wanted, ...changed }, clock, open: fake.open, ports, families: fake.families })
  const states: InstrumentState[] = []
  const events: InstrumentEvent[] = []
  supervisor.state$.subscribe((state) => states.push(state))
  supervisor.events$.subscribe((event) => events.push(event))
  const at = () => states.at(-1)?.at
  const fault = () => {
    const state = states.at(-1)
    return state?.at === 'fault' ? state : null
  }
  const expose = () => supervisor.expose(new AbortController().signal)
  return { clock, fake, supervisor, states, events, at, fault, expose }
}

t.test('constructing does nothing; start finds, opens, identifies and applies', async (t) => {
  const { clock, fake, supervisor, states } = rig()
  await clock.advance(10_000)
  t.strictSame(fake.log, [])
  supervisor.start()
  supervisor.start()
  await clock.advance(1)
  t.strictSame(fake.log, ['open', 'identify', 'apply'])
  t.match(states.at(-1), { at: 'connected', id: 'fake-fk1', axis: { kind: 'pixel' }, applied: { pixels: 4 } })
  await supervisor.stop()
})

t.test('an exposure is fresh, averaged and dated; without an axis it says so', async (t) => {
  const { clock, supervisor, expose } = rig({ averages: 3 })
  supervisor.start()
  await clock.advance(1)
  const exposing = expose()
  await clock.advance(300)
  const { counts, flags, acquisition, endMs, endWallMs } = await exposing
  t.strictSame([...counts], [1, 2, 3, 4])
  t.strictSame(flags, ['uncalibrated'])
  t.match(acquisition, { integrationUs: 100_000, averages: 3 })
  t.equal(endMs, 301)
  t.equal(endWallMs, Date.parse('2026-01-01T00:00:00.301Z'))
  await supervisor.stop()
})

t.test('while no instrument is connected an exposure is refused with the reason', async (t) => {
  const { clock, fake, supervisor, expose } = rig()
  await t.rejects(expose(), { code: 'NO_INSTRUMENT', seen: /still looking/ })
  fake.phases.open = async () => {
    throw new Failure('PORT_DENIED', { where: 'there' })
  }
  supervisor.start()
  await clock.advance(1)
  await t.rejects(expose(), { code: 'NO_INSTRUMENT', seen: /no permission/ })
  await supervisor.stop()
})

t.test('a port that cannot be opened is tried at once, then after 1, 2, 5, 15, 60, 60 s', async (t) => {
  const { clock, fake, supervisor, states } = rig()
  const opened: number[] = []
  fake.phases.open = async () => {
    opened.push(clock.monotonicMs())
    throw new Failure('PORT_GONE')
  }
  supervisor.start()
  await clock.advance(150_000)
  t.strictSame(opened, [0, 0, 1000, 3000, 8000, 23_000, 83_000, 143_000])
  t.match(states.at(-1), { at: 'fault', id: null, failure: { code: 'PORT_GONE' }, retryInMs: 60_000 })
  await supervisor.stop()
})

t.test('unplugging in any phase is a fault, closes what was open, and the next try works', async (t) => {
  const phases = {
    open: 'open',
    identify: 'identify',
    apply: 'apply',
    acquire: 'acquire',
  } as const
  for (const phase of Object.values(phases)) {
    const { clock, fake, supervisor, states, at, expose } = rig()
    const normal = { ...fake.phases }
    if (phase === 'open')
      fake.phases.open = async () => {
        throw new Failure('PORT_GONE')
      }
    else fake.phases[phase] = () => fake.hang()
    supervisor.start()
    await clock.advance(1)
    const exposing = phase === 'acquire' ? expose().catch((error: unknown) => error) : null
    await clock.advance(10)
    Object.assign(fake.phases, normal)
    fake.unplug()
    await clock.advance(2000)
    t.ok(
      states.some((state) => state.at === 'fault' && state.failure.code === 'PORT_GONE'),
      `${phase}: told`,
    )
    if (exposing) t.match(await exposing, { code: 'PORT_GONE' })
    t.equal(at(), 'connected', `${phase}: connected again`)
    if (phase !== 'open') t.equal(fake.log.filter((call) => call === 'close-link').length, 1, `${phase}: the lost link was closed`)
    t.equal(fake.mostAtOnce(), 1)
    await supervisor.stop()
  }
})

t.test('unplugging while idle is noticed without a measurement', async (t) => {
  const { clock, fake, supervisor, states, at } = rig()
  supervisor.start()
  await clock.advance(1)
  fake.unplug()
  await clock.advance(1)
  t.strictSame(
    states.map((state) => state.at),
    ['connecting', 'connected', 'fault', 'connecting', 'connected'],
  )
  t.equal(at(), 'connected')
  await supervisor.stop()
})

t.test('unplugging while closing changes nothing', async (t) => {
  const { clock, fake, supervisor } = rig()
  supervisor.start()
  await clock.advance(1)
  fake.phases.closeDriver = async () => {
    fake.unplug()
    throw new Failure('PORT_GONE')
  }
  await t.resolves(supervisor.stop())
  t.strictSame(fake.log.slice(-2), ['close-driver', 'close-link'])
})

t.test('a bad frame is asked for again twice before the link is opened anew; a good one forgets the failures', async (t) => {
  const { clock, fake, supervisor, events, expose } = rig()
  supervisor.start()
  await clock.advance(1)
  let bad = 2
  fake.phases.acquire = async (frame) => {
    if (bad-- > 0) throw new Failure('BAD_FRAME')
    return frame()
  }
  for (const _ of [1, 2]) {
    const exposing = expose()
    await clock.advance(200)
    t.strictSame([...(await exposing).counts], [1, 2, 3, 4])
    bad = 2
  }
  t.equal(fake.log.filter((call) => call === 'open').length, 1)
  bad = 3
  await t.rejects(expose(), { code: 'BAD_FRAME' })
  await clock.advance(1)
  t.strictSame(fake.log.slice(-4), ['close-link', 'open', 'identify', 'apply'])
  t.strictSame(
    events.map((event) => (event.kind === 'retry' ? event.action : event.kind)),
    [...Array(6).fill('again'), 'reopen'],
  )
  await supervisor.stop()
})

t.test('a stale frame is never used: it is asked for again, and a stream of them opens the link anew', async (t) => {
  const { clock, fake, supervisor, expose, fault } = rig({ averages: 2 })
  supervisor.start()
  await clock.advance(1)
  let stale = 1
  fake.phases.acquire = async (frame) => {
    const good = await frame()
    return stale-- > 0 ? { ...good, counts: good.counts.map(() => 77), exposureEndMs: good.exposureStartMs + 99 } : good
  }
  const exposing = expose()
  await clock.advance(300)
  t.strictSame([...(await exposing).counts], [1, 2, 3, 4])
  stale = 3
  fake.phases.open = async () => {
    throw new Failure('PORT_BUSY')
  }
  const failing = expose().catch((error: unknown) => error)
  await clock.advance(300)
  t.match(await failing, { code: 'STALE_FRAME' })
  t.equal(fault()?.failure.code, 'PORT_BUSY', 'and it was opened anew')
  await supervisor.stop()
})

t.test('a wrong family or serial number is never measured with, and looked at again every minute', async (t) => {
  const port = { url: 'serial:/dev/ttyUSB0', kind: 'stream' as const, usbVendor: 0x1209, usbProduct: 1, serialNumber: 'FK2' }
  const silent = { url: port.url, kind: port.kind, usbVendor: port.usbVendor, usbProduct: port.usbProduct }
  const asked = rig({ link: 'usb:FK2' }, { list: async () => [port], ports$: NEVER })
  asked.supervisor.start()
  await asked.clock.advance(1)
  t.equal(asked.at(), 'connected', 'the port says FK2: that is the instrument')
  await asked.supervisor.stop()

  const prefixless = rig({ link: 'usb:FK2', family: 'fake' }, { list: async () => [silent], ports$: NEVER })
  prefixless.supervisor.start()
  await prefixless.clock.advance(1)
  t.match(prefixless.fault(), { failure: { code: 'NO_INSTRUMENT' } }, 'an adapter without a number is nobody')
  await prefixless.supervisor.stop()

  const other = rig({ link: 'tcp://127.0.0.1:1' })
  other.fake.identity = { ...other.fake.identity, family: 'another' }
  other.supervisor.start()
  await other.clock.advance(1)
  t.match(other.fault(), { failure: { code: 'WRONG_INSTRUMENT', seen: 'family another', allowed: 'fake' }, retryInMs: 60_000 })
  t.strictSame(other.fake.log, ['open', 'identify', 'close-driver', 'close-link'])
  await t.rejects(other.expose(), { code: 'NO_INSTRUMENT' })
  other.fake.identity = { ...other.fake.identity, family: 'fake' }
  await other.clock.advance(60_000)
  t.equal(other.at(), 'connected')
  await other.supervisor.stop()
})

t.test('a serial number that only the instrument knows is asked for behind each port of its kind, and never taken on trust', async (t) => {
  const silent = (url: string) => ({ url, kind: 'stream' as const, usbVendor: 0x1209, usbProduct: 1 })
  const ports: PortWatch = { list: async () => [silent('usb:1-1'), silent('usb:1-2')], ports$: NEVER }
  const fake = fakeInstrument({ ...fakeDescription, match: [{ usbVendor: 0x1209, usbProduct: 1 }] })
  const { clock, supervisor, states, fault } = rig({ link: 'usb:FK9', family: null }, ports, manualClock(), fake)
  supervisor.start()
  await clock.advance(1)
  t.match(fault(), { failure: { code: 'WRONG_INSTRUMENT', where: 'usb:1-2', seen: 'serial number FK1', allowed: 'FK9' }, retryInMs: 60_000 })
  t.strictSame(fake.log, ['open', 'identify', 'close-driver', 'close-link', 'open', 'identify', 'close-driver', 'close-link'])
  let asked = 0
  fake.phases.identify = async () => {
    fake.identity = { ...fake.identity, serial: asked++ === 0 ? 'FK1' : 'FK9' }
  }
  await clock.advance(60_000)
  t.match(states.at(-1), { at: 'connected', id: 'fake-fk9' })
  t.equal(asked, 2)
  await supervisor.stop()
})

t.test('a configuration that cannot work is told once and not tried again', async (t) => {
  const { clock, fake, supervisor, fault } = rig({ family: 'unheard-of' })
  supervisor.start()
  await clock.advance(3_600_000)
  t.match(fault(), { failure: { code: 'CONFIG_INVALID' }, retryInMs: null })
  t.strictSame(fake.log, [])
  await supervisor.stop()
})

t.test('an axis file of another length is a fault that names both numbers', async (t) => {
  const folder = t.testdir({ 'axis.csv': 'wavelength_nm\n1\n2\n3\n' })
  const { clock, fake, supervisor, fault } = rig({ axis: `${folder}/axis.csv` })
  supervisor.start()
  // A real file is read: as long as that takes.
  while (!fault()) await clock.advance(0)
  t.match(fault(), { failure: { code: 'AXIS_INVALID', seen: '3 values for 4 pixels' }, retryInMs: 60_000 })
  t.equal(fake.log.at(-1), 'close-link')
  await supervisor.stop()
})

t.test('plugging in ends the wait for the next try', async (t) => {
  const clock = manualClock()
  const plugged = { url: 'usb:1-1', kind: 'stream' as const, usbVendor: 0x1209, usbProduct: 1, serialNumber: 'FK1' }
  let ports: readonly (typeof plugged)[] = []
  const changes = new Subject<typeof ports>()
  const watch: PortWatch = { list: async () => ports, ports$: defer(() => changes.pipe(startWith(ports))) }
  const { supervisor, at, fault } = rig({ link: 'usb:FK1' }, watch, clock)
  supervisor.start()
  await clock.advance(200_000)
  t.match(fault(), { failure: { code: 'NO_INSTRUMENT' }, retryInMs: 60_000 })
  ports = [plugged]
  changes.next(ports)
  await clock.advance(1)
  t.equal(at(), 'connected')
  await supervisor.stop()
  t.notOk(changes.observed)
})

t.test('exposures are served one at a time, in order, and no more than the line holds', async (t) => {
  const { clock, fake, supervisor, expose } = rig()
  supervisor.start()
  await clock.advance(1)
  const served: number[] = []
  const all = Array.from({ length: 1 + MAX_WAITING }, (_, i) => expose().then(() => served.push(i)))
  await t.rejects(expose(), { code: 'TOO_MANY' })
  await clock.advance(100)
  t.strictSame(served, [0])
  await clock.advance(100 * MAX_WAITING)
  await Promise.all(all)
  t.strictSame(served, [...served.keys()])
  t.equal(fake.mostAtOnce(), 1)
  await supervisor.stop()
})

t.test('an exposure that is not wanted any more ends, and the next one works', async (t) => {
  const { clock, fake, supervisor, expose } = rig()
  supervisor.start()
  await clock.advance(1)
  const [first, second] = [new AbortController(), new AbortController()]
  const running = t.rejects(supervisor.expose(first.signal), { code: 'ABORTED' })
  const waiting = t.rejects(supervisor.expose(second.signal), { code: 'ABORTED' })
  const third = expose()
  second.abort()
  first.abort()
  await Promise.all([running, waiting])
  await clock.advance(100)
  t.strictSame([...(await third).counts], [1, 2, 3, 4])
  t.equal(fake.log.filter((call) => call === 'acquire').length, 2)
  t.equal(fake.log.filter((call) => call === 'open').length, 1)
  await supervisor.stop()
})

t.test('a driver that does not end its call loses its link, and is never called beside it', async (t) => {
  const { clock, fake, supervisor, at } = rig()
  supervisor.start()
  await clock.advance(1)
  fake.phases.acquire = () => new Promise(() => {})
  const halt = new AbortController()
  const exposing = supervisor.expose(halt.signal).catch((error: unknown) => error)
  await clock.advance(10)
  halt.abort()
  await clock.advance(5000)
  t.match(await exposing, { code: 'DEADLINE' })
  t.equal(at(), 'connected', 'a new link, a new driver')
  t.strictSame(fake.log.slice(3), ['acquire', 'close-link', 'open', 'identify', 'apply'], 'the hung driver was not asked to close')
  await supervisor.stop()
})

t.test('a call that never ends is noticed without anybody giving up', async (t) => {
  const { clock, fake, supervisor, states } = rig()
  fake.phases.identify = () => new Promise(() => {})
  supervisor.start()
  await clock.advance(35_000)
  t.ok(states.some((state) => state.at === 'fault' && state.failure.code === 'DEADLINE'))
  await Promise.all([supervisor.stop(), clock.advance(2000)])
})

t.test('bad frames that the driver counted are told', async (t) => {
  const { clock, fake, supervisor, events, expose } = rig()
  supervisor.start()
  await clock.advance(1)
  fake.phases.acquire = (frame, _signal, context) => {
    context.badFrame('checksum', 17)
    return frame()
  }
  const exposing = expose()
  await clock.advance(100)
  await exposing
  t.strictSame(events, [{ kind: 'bad-frame', cause: 'checksum', bytes: 17 }])
  await supervisor.stop()
})

t.test('two instruments do not touch each other', async (t) => {
  const clock = manualClock()
  const [sick, well] = [rig({ link: 'tcp://a:1' }, noPorts, clock), rig({ link: 'tcp://b:1' }, noPorts, clock)]
  sick.supervisor.start()
  well.supervisor.start()
  await clock.advance(1)
  sick.fake.phases.acquire = () => new Promise(() => {})
  sick.fake.phases.closeLink = () => new Promise(() => {})
  const stuck = sick.expose().catch((error: unknown) => error)
  sick.fake.unplug()
  const exposing = well.expose()
  await clock.advance(100)
  t.strictSame([...(await exposing).counts], [1, 2, 3, 4])
  t.match(await stuck, { code: 'PORT_GONE' })
  t.strictSame(
    well.states.map((state) => state.at),
    ['connecting', 'connected'],
  )
  await Promise.all([sick.supervisor.stop(), clock.advance(2000)])
  await well.supervisor.stop()
})

t.test('a state that was told before is told to whoever comes late', async (t) => {
  const { clock, supervisor } = rig()
  supervisor.start()
  await clock.advance(1)
  const late: string[] = []
  supervisor.state$.subscribe(({ at }) => late.push(at))
  t.strictSame(late, ['connected'])
  await supervisor.stop()
})
