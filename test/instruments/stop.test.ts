import { NEVER } from 'rxjs'
import t from 'tap'
import { Failure } from '../../src/failures.js'
import { OPEN_LIMIT_MS } from '../../src/instruments/open-bounded.js'
import { createSupervisor } from '../../src/instruments/supervisor.js'
import { fakeInstrument, wanted } from '../support/fake-instrument.js'
import { manualClock } from '../support/manual-clock.js'

/** The promise of DESIGN section 4 leaves the agent half a second of its two. */
const PROMISED_MS = 1500

const rig = () => {
  const clock = manualClock()
  const fake = fakeInstrument()
  const ports = { list: async () => [], ports$: NEVER }
  const supervisor = createSupervisor({ settings: wanted, clock, open: fake.open, ports, families: fake.families })
  supervisor.start()
  /** How long a stop took on the clock, or null when it did not end within the promise. */
  const stopped = async () => {
    const from = clock.monotonicMs()
    let took: number | null = null
    void supervisor.stop().then(() => {
      took = clock.monotonicMs() - from
    })
    await clock.advance(PROMISED_MS)
    return took
  }
  return { clock, fake, supervisor, stopped, expose: () => supervisor.expose(new AbortController().signal).catch((error: unknown) => error) }
}

const never = () => new Promise<never>(() => {})

t.test('a stop leaves the instrument as found: driver first, then the link', async (t) => {
  const { clock, fake, supervisor, stopped } = rig()
  await clock.advance(1)
  t.equal(await stopped(), 0)
  t.strictSame(fake.log.slice(-2), ['close-driver', 'close-link'])
  await supervisor.stop()
  t.equal(fake.log.filter((call) => call === 'close-driver').length, 1, 'twice is once')
  await clock.advance(100_000)
  t.equal(fake.log.filter((call) => call === 'open').length, 1, 'and it stays stopped')
  t.equal(clock.sleepers, 0)
})

t.test('while opening: the link that opens too late is closed at once', async (t) => {
  const { clock, fake, stopped } = rig()
  let opened: () => void = () => {}
  fake.phases.open = () =>
    new Promise((resolve) => {
      opened = resolve
    })
  await clock.advance(1)
  t.equal(await stopped(), 0)
  opened()
  await clock.advance(1)
  t.strictSame(fake.log, ['open', 'close-link'])
  t.equal(clock.sleepers, 0)
})

t.test('an open that never ends is given up, and a link that still comes is closed', async (t) => {
  const { clock, fake, supervisor } = rig()
  let opened: () => void = () => {}
  fake.phases.open = () =>
    new Promise((resolve) => {
      opened = resolve
    })
  await clock.advance(OPEN_LIMIT_MS - 1)
  t.strictSame(fake.log, ['open'])
  const first = opened
  await clock.advance(1)
  t.strictSame(fake.log, ['open', 'open'], 'tried anew')
  first()
  await clock.advance(1)
  t.equal(fake.log.at(-1), 'close-link')
  await supervisor.stop()
})

t.test('while identifying or applying: the call may end, then driver and link are closed', async (t) => {
  for (const phase of ['identify', 'apply'] as const) {
    const { clock, fake, stopped } = rig()
    fake.phases[phase] = async () => {
      await clock.sleep(400)
      throw new Failure('NO_ANSWER')
    }
    await clock.advance(10)
    t.equal(await stopped(), 390)
    t.strictSame(fake.log.slice(-2), ['close-driver', 'close-link'])
  }
})

t.test('a call that does not end is not waited for, nor is its driver called beside it', async (t) => {
  for (const phase of ['identify', 'apply', 'acquire'] as const) {
    const { clock, fake, stopped, expose } = rig()
    fake.phases[phase] = never
    await clock.advance(10)
    const exposing = phase === 'acquire' ? expose() : null
    await clock.advance(10)
    const took = await stopped()
    t.ok(took !== null && took > 0, `${phase}: within the promise`)
    t.equal(fake.log.at(-1), 'close-link')
    t.notOk(fake.log.includes('close-driver'))
    if (exposing) t.match(await exposing, { code: 'ABORTED' })
  }
})

t.test('while exposing: the exposure ends with ABORTED and the instrument is left as found', async (t) => {
  const { clock, fake, stopped, expose } = rig()
  await clock.advance(1)
  const [running, waiting] = [expose(), expose()]
  await clock.advance(10)
  t.equal(await stopped(), 0)
  t.match(await running, { code: 'ABORTED' })
  t.match(await waiting, { code: 'ABORTED' })
  t.strictSame(fake.log.slice(-2), ['close-driver', 'close-link'])
  t.match(await expose(), { code: 'ABORTED' })
})

t.test('while waiting for the next try', async (t) => {
  const { clock, fake, stopped } = rig()
  fake.phases.open = async () => {
    throw new Failure('PORT_GONE')
  }
  await clock.advance(100_000)
  t.equal(await stopped(), 0)
  t.equal(clock.sleepers, 0)
})

t.test('everything hangs at once, and the stop is still in time', async (t) => {
  const { clock, fake, stopped, expose } = rig()
  await clock.advance(1)
  fake.phases.acquire = async (_frame, signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    await clock.sleep(500)
    throw new Failure('ABORTED')
  }
  fake.phases.closeDriver = never
  fake.phases.closeLink = never
  void expose()
  await clock.advance(1)
  t.type(await stopped(), 'number')
  t.strictSame(fake.log.slice(-2), ['close-driver', 'close-link'])
})
