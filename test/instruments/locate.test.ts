import t from 'tap'
import type { Description } from '../../src/instruments/contract.js'
import { locate } from '../../src/instruments/locate.js'
import { recognise } from '../../src/instruments/recognise.js'
import type { Port } from '../../src/links/contract.js'
import { fakeDescription } from '../support/fake-instrument.js'

const usbFamily: Description = { ...fakeDescription, id: 'usbish', links: ['usb'], match: [{ usbVendor: 0x2457, usbProduct: 0x101e }] }
const families = [fakeDescription, usbFamily]
const adapter = { usbVendor: 0x1209, usbProduct: 1 }
const stream = (url: string, more: Partial<Port> = {}): Port => ({ url, kind: 'stream', ...more })
const usb = (url: string, more: Partial<Port> = {}): Port => ({ url, kind: 'usb', usbVendor: 0x2457, usbProduct: 0x101e, ...more })

t.test("a port whose USB ids and serial prefix are a family's own starts by itself", async (t) => {
  t.strictSame(recognise(stream('serial:/dev/ttyUSB0', { ...adapter, serialNumber: 'FK7' }), families), { as: 'own', family: 'fake' })
  t.strictSame(recognise(usb('usb:1-1'), families), { as: 'own', family: 'usbish' })
})

t.test('a generic adapter is never taken for an instrument', async (t) => {
  t.strictSame(recognise(stream('serial:/dev/ttyUSB0', { ...adapter, serialNumber: 'A100' }), families), { as: 'adapter', families: ['fake'] })
  t.strictSame(recognise(stream('serial:/dev/ttyUSB0', adapter), families), { as: 'adapter', families: ['fake'] }, 'no serial number, no prefix')
  t.strictSame(recognise(stream('serial:/dev/ttyUSB1', { usbVendor: 0x1a86, usbProduct: 0x7523 }), families), { as: 'adapter', families: [] })
  t.strictSame(recognise(stream('serial:/dev/ttyS0'), families), { as: 'stranger' })
  t.strictSame(recognise(usb('usb:1-2', { usbVendor: 0x46d }), families), { as: 'stranger' })
  t.strictSame(
    recognise({ url: 'usb:1-3', kind: 'usb', ...adapter, serialNumber: 'FK7' }, families),
    { as: 'stranger' },
    'a family that speaks over streams',
  )
  const twin = { ...usbFamily, id: 'twin' }
  t.strictSame(recognise(usb('usb:1-1'), [...families, twin]), { as: 'adapter', families: ['usbish', 'twin'] }, 'two families claim it')
})

t.test('a serial link is the port of the list that it leads to', async (t) => {
  const port = stream('serial:/dev/ttyUSB0', { ...adapter, serialNumber: 'FK7' })
  const link = 'serial:/dev/serial/by-id/fk7'
  t.strictSame(locate({ link, family: 'fake' }, port.url, [port], families), [{ url: link, family: 'fake', port, serial: null }])
  t.strictSame(locate({ link, family: 'fake' }, 'serial:/dev/pts/3', [port], families), [{ url: link, family: 'fake', port: null, serial: null }])
})

t.test('usb: means a bus path first, then a serial number', async (t) => {
  const at = usb('usb:1-1.2', { serialNumber: 'S1' })
  const named = usb('usb:1-1.3', { serialNumber: '1-1.2' })
  t.strictSame(
    locate({ link: 'usb:1-1.2', family: null }, '', [at, named], families).map(({ url, serial }) => [url, serial]),
    [['usb:1-1.2', null]],
  )
  t.strictSame(
    locate({ link: 'usb:S1', family: null }, '', [at, named], families).map(({ url, family, serial }) => [url, family, serial]),
    [['usb:1-1.2', 'usbish', 'S1']],
  )
})

t.test('an instrument whose number the list does not show is looked for behind each port of its kind', async (t) => {
  const ports = [usb('usb:1-1'), usb('usb:1-2', { serialNumber: 'other' }), usb('usb:1-3')]
  t.strictSame(
    locate({ link: 'usb:S9', family: null }, '', ports, families).map(({ url, serial }) => [url, serial]),
    [
      ['usb:1-1', 'S9'],
      ['usb:1-3', 'S9'],
    ],
  )
})

t.test('an instrument on a USB serial adapter is found by its serial number, on the port that its family speaks over', async (t) => {
  const both = [
    { url: 'usb:1-4', kind: 'usb' as const, ...adapter, serialNumber: 'FK7' },
    stream('serial:/dev/ttyUSB0', { ...adapter, serialNumber: 'FK7' }),
  ]
  for (const family of ['fake', null])
    t.strictSame(
      locate({ link: 'usb:FK7', family }, '', both, families).map(({ url, family }) => [url, family]),
      [['serial:/dev/ttyUSB0', 'fake']],
    )
})

t.test('what is not there, and what nobody can tell, is said', async (t) => {
  t.throws(() => locate({ link: 'usb:S1', family: 'usbish' }, '', [], families), { code: 'NO_INSTRUMENT', seen: 'no such port' })
  t.throws(() => locate({ link: 'usb:1-1', family: 'fake' }, '', [usb('usb:1-1')], families), { code: 'NO_INSTRUMENT', seen: /fake does not speak/ })
  t.throws(() => locate({ link: 'usb:9-9', family: null }, '', [usb('usb:9-9', { usbVendor: 1 })], families), {
    code: 'CONFIG_INVALID',
    allowed: 'family: fake, usbish',
  })
  t.throws(() => locate({ link: 'tcp://127.0.0.1:1', family: null }, '', [], families), { code: 'CONFIG_INVALID' })
})
