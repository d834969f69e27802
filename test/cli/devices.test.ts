import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { examine, inWords, nodeAccess } from '../../src/cli/attached-ports.js'
import { report } from '../../src/cli/devices.js'
import { familyRow } from '../../src/cli/family-table.js'
import type { Description } from '../../src/instruments/contract.js'
import { inside } from '../support/command-line.js'
import { fakeDescription } from '../support/fake-instrument.js'

const serial: Description = {
  ...fakeDescription,
  id: 'one',
  links: ['stream'],
  match: [{ usbVendor: 0x0403, usbProduct: 0x6015, serialPrefix: 'CH' }],
}
const usb: Description = { ...fakeDescription, id: 'two', links: ['usb'], match: [{ usbVendor: 0x2457, usbProduct: 0x101e }] }
const families = [serial, usb]

const ftdi = { kind: 'stream', usbVendor: 0x0403, usbProduct: 0x6015 } as const
const asUsb = { ...ftdi, url: 'usb:1-1', kind: 'usb' } as const

t.test('each port is told for what it is, an adapter once', async (t) => {
  const ports = [
    { ...ftdi, url: 'serial:/dev/ttyUSB0', serialNumber: 'CH00012' },
    { ...asUsb, serialNumber: 'CH00012' },
    { ...ftdi, url: 'serial:/dev/ttyUSB1', serialNumber: 'DM01' },
    { url: 'usb:1-2', kind: 'usb', usbVendor: 0x2457, usbProduct: 0x101e } as const,
    { url: 'usb:1-3', kind: 'usb', usbVendor: 0x046d, usbProduct: 0xc077 } as const,
    { url: 'serial:/dev/ttyS0', kind: 'stream' } as const,
  ]
  const found = await examine(ports, families, async () => join(t.testdir({ node: '' }), 'node'))
  t.strictSame(
    found.map((each) => [each.port.url, inWords(each)]),
    [
      ['serial:/dev/ttyUSB0', 'one: starts by itself'],
      ['serial:/dev/ttyUSB1', 'an adapter: name the family in the configuration (one use such)'],
      ['usb:1-2', 'two: starts by itself'],
      ['usb:1-3', 'not known'],
      ['serial:/dev/ttyS0', 'not known'],
    ],
  )
  const text = report({ hasUsb: true, ports: found, families: [], broken: [] })
  t.match(text, /serial:\/dev\/ttyUSB0 +0403:6015 CH00012 +one: starts by itself/)
  t.notMatch(text, /what to do|None of these/)
})

t.test('whether a node may be opened is asked without opening it, and each no has its cure', async (t) => {
  const folder = t.testdir({ node: '' })
  const node = join(folder, 'node')
  t.match(await nodeAccess(node, 'usb'), { at: 'usable', cure: null })
  t.match(await nodeAccess(`${node}.not`, 'stream'), { at: 'no-node', cure: /--device/ })
  chmodSync(node, 0)
  // A directory on the way that is none is refused to anybody, root too.
  t.match(await nodeAccess(join(node, 'x'), 'stream'), { at: 'denied', cure: /dialout/ })
  t.match(await nodeAccess(join(node, 'x'), 'usb'), { at: 'denied', cure: /--udev/ })
  const port = { url: 'usb:1-2', kind: 'usb', usbVendor: 0x2457, usbProduct: 0x101e } as const
  const denied = await examine([port], families, async () => join(node, 'x'))
  t.match(report({ hasUsb: true, ports: denied, families: [], broken: [] }), /no permission to open the port\n +what to do: .*--udev/)
  const gone = await examine([port], families, async () => null)
  t.match(gone, [{ access: { at: 'no-node', cure: /plug it in again/ } }])
})

t.test('a machine without ports is told so plainly, with what to do', async (t) => {
  const nothing = { ports: [], families: families.map(familyRow), broken: [] }
  t.match(report({ ...nothing, hasUsb: false }), /^No serial port and no USB device was found.*\n.*no USB at all.*container/)
  const text = report({ ...nothing, hasUsb: true })
  t.match(text, /Plug the instrument in/)
  t.match(text, /simulate/)
  t.match(text, /^ {2}one: /m)
})

t.test('a folder of drivers that cannot be read is told, strangers alone are told as such', async (t) => {
  const broken = [{ code: 'PART_MISSING', message: 'drivers/x: no file' }]
  const ports = await examine([{ url: 'serial:/dev/ttyS0', kind: 'stream' }], families, async () => null)
  const text = report({ hasUsb: true, ports, families: [], broken })
  t.match(text, /cannot be used: drivers\/x: no file/)
  t.match(text, /None of these is a known instrument/)
})

t.test('the command lists every family with links, integrity and confidence; --json holds the same', async (t) => {
  const { exit, out } = await inside(t, 'devices')
  t.equal(exit, 0)
  t.match(out, /chromation: [\s\S]*serial or TCP; no checksum[\s\S]*392 pixels +confirmed/)
  const { out: json } = await inside(t, 'devices', '--json')
  const document: unknown = JSON.parse(json)
  t.match(document, { hasUsb: Boolean, ports: Array, broken: [], families: [{ id: 'chromation', links: ['stream'], integrity: 'conversation' }] })
  t.match(await inside(t, 'devices', '--udev'), { exit: 0, out: /^SUBSYSTEM=="usb".*idVendor}=="2457"/m })
})
