/** The real driver over the real link and library, its instrument on a fake bus. Run by usb.test.ts in a namespace of its own. */
import t from 'tap'
import { createDriver } from '../../drivers/ocean-ooi/driver.js'
import { isFailure } from '../../src/failures.js'
import type { BadFrameCause, Driver, Frame } from '../../src/instruments/contract.js'
import type { OpenLink } from '../../src/links/contract.js'
import { listPorts, openPort } from '../../src/links/open.js'
import { systemClock } from '../../src/system-clock.js'
import { startBusProcess } from '../rig/bus-client.js'
import { SCENE_PER_MS } from '../rig/scene.js'

const INTEGRATION_US = 20_000
const settings = { integrationUs: INTEGRATION_US, gain: null, binning: null }
/** Counts of the emulated USB4000 and USB2000+ without light, from their tables. */
const DARK_COUNTS = { USB4000: 1800, 'USB2000+': 1400 } as const

interface Connected {
  readonly driver: Driver
  readonly open: OpenLink
  readonly bad: { readonly cause: BadFrameCause; readonly bytes: number }[]
}

const connect = async (url: string): Promise<Connected> => {
  const open = await openPort(url)
  const bad: Connected['bad'] = []
  return { open, bad, driver: createDriver(open, { clock: systemClock, badFrame: (cause, bytes) => bad.push({ cause, bytes }) }) }
}
const close = async ({ driver, open }: Connected): Promise<void> => {
  await driver.close()
  await open.close()
}
const never = new AbortController().signal
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )
/** Mean of 1000 lit pixels less what light and dark must make; shot noise moves it by 3 counts or so. */
const excess = ({ counts }: Frame, dark: number): number =>
  counts.subarray(1000, 2000).reduce((sum, count) => sum + count, 0) / 1000 - dark - (SCENE_PER_MS * INTEGRATION_US) / 1000
const isRight = (frame: Frame, dark: number): boolean => Math.abs(excess(frame, dark)) < 20

const bus = await startBusProcess()
t.teardown(() => bus.close())

t.test('two instruments are listed, identified and measured at the same time', async (t) => {
  await bus.plug('1-1', 'ocean-ooi', { model: 'USB4000', serial: 'USB4C00042' })
  await bus.plug('1-2.4', 'ocean-ooi', { model: 'USB2000+/full', serial: 'USB2+F00042' })
  const ports = (await listPorts()).filter(({ kind }) => kind === 'usb')
  const found = await Promise.all(
    ports.map(async ({ url }) => {
      const connected = await connect(url)
      const { model, serial, axis } = await connected.driver.identify()
      const applied = await connected.driver.apply(settings)
      const frame = await connected.driver.acquire(never)
      await close(connected)
      const dark = model === 'USB4000' ? DARK_COUNTS['USB4000'] : DARK_COUNTS['USB2000+']
      return { model, serial, pixels: axis?.values.length, readBack: applied.integrationUs.readBack, right: isRight(frame, dark), bad: connected.bad }
    }),
  )
  t.strictSame(found, [
    { model: 'USB4000', serial: 'USB4C00042', pixels: 3670, readBack: INTEGRATION_US, right: true, bad: [] },
    { model: 'USB2000+', serial: 'USB2+F00042', pixels: 2048, readBack: INTEGRATION_US, right: true, bad: [] },
  ])
  await Promise.all([bus.unplug('1-1'), bus.unplug('1-2.4')])
})

for (const [fault, failure] of [
  ['stall', 'BAD_FRAME'],
  ['drop-packet', 'DEADLINE'],
  ['wrong-sync', 'BAD_FRAME'],
  ['silent', 'DEADLINE'],
] as const)
  t.test(`after the fault ${fault} the next spectrum is a right one`, async (t) => {
    await bus.plug('1-1', 'ocean-ooi', { model: 'USB4000' })
    const connected = await connect('usb:1-1')
    await connected.driver.identify()
    await connected.driver.apply(settings)
    await connected.driver.acquire(never)
    await bus.misbehave('1-1', fault, 1)
    t.equal(await code(connected.driver.acquire(never)), failure)
    t.ok(isRight(await connected.driver.acquire(never), DARK_COUNTS.USB4000))
    t.equal(connected.bad.length > 0, fault !== 'silent', 'what came of the bad one is counted')
    await close(connected)
    await bus.unplug('1-1')
  })

t.test('what a killed process left behind is drained at the next open', async (t) => {
  await bus.plug('1-1', 'ocean-ooi', { model: 'USB4000' })
  const left = await openPort('usb:1-1')
  if (left.kind === 'usb') for (const bytes of [[0x05, 0x03], [0x09]]) await left.link.write(0x01, Uint8Array.from(bytes), 500)
  await left.close()
  const connected = await connect('usb:1-1')
  t.equal((await connected.driver.identify()).serial, 'USB4C00001')
  t.not(connected.bad.length, 0, 'it is counted')
  await connected.driver.apply(settings)
  t.ok(isRight(await connected.driver.acquire(never), DARK_COUNTS.USB4000))
  await close(connected)
  await bus.unplug('1-1')
})

t.test('pulled out in the middle of a spectrum, it works again when plugged in again', async (t) => {
  await bus.plug('1-1', 'ocean-ooi', { model: 'USB4000' })
  const first = await connect('usb:1-1')
  await first.driver.identify()
  await first.driver.apply(settings)
  await bus.misbehave('1-1', 'vanish', 1)
  t.equal(await code(first.driver.acquire(never)), 'PORT_GONE')
  t.match(await first.open.gone, { code: 'PORT_GONE' })
  await close(first)
  t.equal(await code(openPort('usb:1-1')), 'PORT_GONE')
  await bus.plug('1-1', 'ocean-ooi', { model: 'USB4000' })
  const again = await connect('usb:1-1')
  await again.driver.identify()
  await again.driver.apply(settings)
  t.ok(isRight(await again.driver.acquire(never), DARK_COUNTS.USB4000))
  await close(again)
  await bus.unplug('1-1')
})
