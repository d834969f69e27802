/** What src/links/usb.ts promises, on a fake bus. Run by usb.test.ts in a namespace of its own; this process is the agent's side. */
import { createRequire } from 'node:module'
import t, { type Test } from 'tap'
import { isFailure } from '../../src/failures.js'
import type { OpenLink, Port, UsbLink } from '../../src/links/contract.js'
import { withDeadline } from '../../src/links/deadline.js'
import { listPorts, openPort } from '../../src/links/open.js'
import { startBusProcess } from '../rig/bus-client.js'
import { ask, BULK, BULK_BYTES, COMMANDS, PRODUCT, REPLIES, say, VENDOR } from '../rig/toy.js'

/** Milliseconds that every transfer may take which is expected to end well. */
const AMPLE_MS = 5000
const STRANGER_UID = 65_534

type UsbOpen = OpenLink & { readonly kind: 'usb' }

const openUsb = async (url: string): Promise<UsbOpen> => {
  const open = await openPort(url)
  if (open.kind !== 'usb') throw new Error(`${url} is no USB device`)
  return open
}
const usbPorts = async (): Promise<readonly Port[]> => (await listPorts()).filter(({ kind }) => kind === 'usb')
const echo = async (link: UsbLink, text: string): Promise<string> => {
  await link.write(COMMANDS, Buffer.from([say.echo, ...Buffer.from(text)]), AMPLE_MS)
  return Buffer.from(await link.read(REPLIES, 64, AMPLE_MS)).toString()
}
const vendor = (request: number, value = 0, index = 0) => ({ requestType: 'vendor', recipient: 'device', request, value, index }) as const
const clearHalt = (endpoint: number) => ({ requestType: 'standard', recipient: 'endpoint', request: 1, value: 0, index: endpoint }) as const
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )
const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => /node_modules\/usb\//.test(path))

/** One toy at 1-1, opened; gone again when the test ends. */
const withToy = async (t: Test): Promise<UsbOpen> => {
  await bus.plug('1-1', 'toy')
  const open = await openUsb('usb:1-1')
  t.teardown(async () => {
    await open.close()
    await bus.unplug('1-1').catch(() => {})
  })
  return open
}

t.test('without any USB on the machine the list is empty and opening says so', async (t) => {
  t.strictSame(await usbPorts(), [])
  await t.rejects(openUsb('usb:1-1'), { code: 'PORT_GONE', where: 'usb:1-1', seen: 'no USB device at all', cure: /plug it in/ })
  t.notOk(isLoaded(), 'the library stays unloaded')
})

const bus = await startBusProcess()
t.teardown(() => bus.close())

t.test('ports are listed by bus and path, without hubs, interfaces or the library', async (t) => {
  await bus.plug('1-1', 'toy', { serial: 'T1' })
  await bus.plug('1-2.3', 'ocean-ooi', { model: 'USB4000' })
  t.strictSame(await usbPorts(), [
    { url: 'usb:1-1', kind: 'usb', usbVendor: VENDOR, usbProduct: PRODUCT, serialNumber: 'T1' },
    { url: 'usb:1-2.3', kind: 'usb', usbVendor: 0x2457, usbProduct: 0x1022 },
  ])
  t.notOk(isLoaded(), 'listing loads no library')
  await Promise.all([bus.unplug('1-1'), bus.unplug('1-2.3')])
  t.strictSame(await usbPorts(), [])
})

t.test('control transfers carry their fields and data both ways', async (t) => {
  const { link, product, where } = await withToy(t)
  t.strictSame([product, where], [PRODUCT, 'usb:1-1'])
  t.strictSame([...(await link.control(vendor(ask.fields, 0x1234, 0xabcd), 8, AMPLE_MS))], [0x34, 0x12, 0xcd, 0xab])
  t.strictSame([...(await link.control(vendor(ask.keep), Uint8Array.of(7, 8, 9), AMPLE_MS))], [])
  t.strictSame([...(await link.control(vendor(ask.kept), 8, AMPLE_MS))], [7, 8, 9])
  await link.control(vendor(ask.keep), new Uint8Array(0), AMPLE_MS)
  t.strictSame([...(await link.control(vendor(ask.kept), 8, AMPLE_MS))], [], 'OUT without data is sent')
  await t.rejects(link.control(vendor(99), 8, AMPLE_MS), { code: 'BAD_FRAME' }, 'a stall on endpoint 0')
})

t.test('bulk transfers: short, long, in pieces; every byte arrives once', async (t) => {
  const { link } = await withToy(t)
  t.strictSame([link.packetBytes(COMMANDS), link.packetBytes(REPLIES), link.packetBytes(BULK)], [512, 64, 512])
  t.equal(await echo(link, 'hello'), 'hello')
  const expected = Buffer.from(Array.from({ length: BULK_BYTES }, (_, i) => i % 251))
  await link.write(COMMANDS, Uint8Array.of(say.bulk), AMPLE_MS)
  t.ok(Buffer.from(await link.read(BULK, 8192, AMPLE_MS)).equals(expected), 'in one transfer')
  await link.write(COMMANDS, Uint8Array.of(say.bulk), AMPLE_MS)
  const parts = [await link.read(BULK, 2048, AMPLE_MS), await link.read(BULK, 4096, AMPLE_MS)]
  t.strictSame([parts[0]?.length, Buffer.concat(parts).equals(expected)], [2048, true], 'a multiple of the packet needs no short packet')
  const whole = Buffer.from(new Uint8Array(3000).fill(5))
  whole[0] = say.echo
  await link.write(COMMANDS, whole.subarray(1000), AMPLE_MS)
  await t.rejects(link.read(0x8f, 64, AMPLE_MS), { code: 'INVARIANT', allowed: '0x01, 0x81, 0x82' })
})

t.test('a stalled endpoint fails until it is cleared', async (t) => {
  const { link } = await withToy(t)
  await link.write(COMMANDS, Uint8Array.of(say.stall), AMPLE_MS)
  t.equal(await code(link.read(BULK, 512, AMPLE_MS)), 'BAD_FRAME')
  await link.write(COMMANDS, Uint8Array.of(say.bulk), AMPLE_MS)
  t.equal(await code(link.read(BULK, 8192, AMPLE_MS)), 'BAD_FRAME', 'still halted')
  await link.control(clearHalt(BULK), new Uint8Array(0), AMPLE_MS)
  t.equal((await link.read(BULK, 8192, AMPLE_MS)).length, BULK_BYTES)
})

t.test('a read that misses its deadline ends; what comes late is for the next', async (t) => {
  const { link } = await withToy(t)
  await link.write(COMMANDS, Uint8Array.of(say.later, 150, 42), AMPLE_MS)
  t.equal(await code(link.read(REPLIES, 64, 30)), 'DEADLINE')
  t.strictSame([...(await link.read(REPLIES, 64, AMPLE_MS))], [42])
  t.equal(await code(link.read(REPLIES, 64, 0)), 'DEADLINE', 'no time at all is not no limit')
})

t.test('one transfer at a time on an endpoint; other endpoints go on meanwhile', async (t) => {
  const { link } = await withToy(t)
  const waiting = link.read(BULK, 8192, AMPLE_MS)
  t.equal(await code(link.read(BULK, 512, AMPLE_MS)), 'INVARIANT')
  t.equal(await echo(link, 'beside'), 'beside')
  t.equal((await link.control(vendor(ask.fields), 4, AMPLE_MS)).length, 4)
  await link.write(COMMANDS, Uint8Array.of(say.bulk), AMPLE_MS)
  t.equal((await waiting).length, BULK_BYTES)
})

t.test('closing waits for the transfer under way, may be done twice, and frees the device', async (t) => {
  const open = await withToy(t)
  const waiting = code(open.link.read(REPLIES, 64, 100))
  const closing = open.close()
  t.equal(open.close(), closing)
  await closing
  t.equal(await waiting, 'DEADLINE')
  t.equal(await code(open.link.read(REPLIES, 64, AMPLE_MS)), 'PORT_GONE')
  const again = await openUsb('usb:1-1')
  t.equal(await echo(again.link, 'free'), 'free')
  await again.close()
})

t.test('closing does not wait for ever: the device is let go when its long read ends', async (t) => {
  const open = await withToy(t)
  let over = false
  const waiting = code(open.link.read(REPLIES, 64, 1200)).then((ended) => {
    over = true
    return ended
  })
  await open.close()
  t.notOk(over, 'closed is told before the read is over')
  t.equal(await code(openUsb('usb:1-1')), 'PORT_BUSY')
  t.equal(await waiting, 'DEADLINE')
})

t.test('a device that is held already is busy', async (t) => {
  await withToy(t)
  await t.rejects(openUsb('usb:1-1'), { code: 'PORT_BUSY', where: 'usb:1-1', cure: /fuser/ })
})

t.test('unplug in mid read: the read fails, gone tells, later calls fail, and plugging in again works', async (t) => {
  const open = await withToy(t)
  const waiting = code(open.link.read(REPLIES, 64, 60_000))
  await echoless(open.link)
  await bus.unplug('1-1')
  t.equal(await waiting, 'PORT_GONE')
  t.match(await withDeadline(open.gone, AMPLE_MS, 'gone'), { code: 'PORT_GONE', where: 'usb:1-1' })
  t.equal(await code(open.link.write(COMMANDS, Uint8Array.of(say.echo), AMPLE_MS)), 'PORT_GONE')
  await open.close()
  await bus.plug('1-1', 'toy')
  const again = await openUsb('usb:1-1')
  t.equal(await echo(again.link, 'back'), 'back')
  await again.close()
})

t.test('unplug of an idle device is noticed without a transfer, also when another takes its place', async (t) => {
  const open = await withToy(t)
  await bus.unplug('1-1')
  await bus.plug('1-1', 'toy')
  t.match(await withDeadline(open.gone, AMPLE_MS, 'gone'), { code: 'PORT_GONE', seen: 'unplugged' })
})

t.test('the serial number finds a device; two of the same are told apart by path', async (t) => {
  await bus.plug('1-1', 'toy', { serial: 'A' })
  await bus.plug('1-3', 'toy', { serial: 'B' })
  await bus.plug('1-4', 'toy', { serial: 'B' })
  const open = await openUsb('usb:A')
  t.equal(open.where, 'usb:1-1')
  await t.rejects(openUsb('usb:B'), { code: 'USAGE', allowed: 'usb:1-3 or usb:1-4' })
  await t.rejects(openUsb('usb:C'), { code: 'PORT_GONE', seen: 'not attached', allowed: 'usb:1-1, usb:1-3, usb:1-4' })
  const other = await openUsb('usb:1-4')
  const both = await Promise.all([20, 20].map((count, i) => many((i === 0 ? open : other).link, `${i}`, count)))
  t.strictSame(both, [20, 20], 'two at once, each its own answers')
  await Promise.all([open.close(), other.close()])
  await Promise.all(['1-1', '1-3', '1-4'].map((path) => bus.unplug(path)))
})

t.test('without permission the cure names the udev rule', async (t) => {
  await bus.plug('1-1', 'toy', { mode: 0o600 })
  // Loaded beforehand: the stranger may not be let into the folder of these sources.
  await import('../../src/links/usb.js')
  process.seteuid?.(STRANGER_UID)
  t.teardown(() => process.seteuid?.(0))
  const refused = openUsb('usb:1-1')
  await t.rejects(refused, { code: 'PORT_DENIED', seen: /\/dev\/bus\/usb\/001\/\d{3}/, cure: /devices --udev/ })
  process.seteuid?.(0)
  await bus.unplug('1-1')
})

const many = async (link: UsbLink, text: string, count: number): Promise<number> => {
  let right = 0
  for (let i = 0; i < count; i++) if ((await echo(link, `${text}-${i}`)) === `${text}-${i}`) right++
  return right
}

/** A round trip on endpoint 0: what was begun before it is under way on the bus. */
const echoless = (link: UsbLink): Promise<unknown> => link.control(vendor(ask.fields), 4, AMPLE_MS)
