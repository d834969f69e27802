import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { listUsb } from '../../src/links/usb-list.js'
import { isAttached, kernelDriver, readUsbEntries, readUsbEntry, type UsbEntry } from '../../src/links/usb-sysfs.js'

const device = (values: Readonly<Record<string, string>>) => ({
  busnum: '1\n',
  devnum: '5\n',
  idVendor: '2457\n',
  idProduct: '101e\n',
  bDeviceClass: '00\n',
  ...values,
})

const entryOf = async (folder: string): Promise<UsbEntry> => {
  const entry = await readUsbEntry('1-1', folder)
  if (entry === null) throw new Error('no entry')
  return entry
}

t.test('devices are listed in order of their path, with ids as numbers and without a serial number where there is none', async (t) => {
  const folder = t.testdir({ '2-1': device({ busnum: '2\n', serial: ' FLMS1 \n' }), '1-1.4': device({}) })
  t.strictSame(await listUsb(folder), [
    { url: 'usb:1-1.4', kind: 'usb', usbVendor: 0x2457, usbProduct: 0x101e },
    { url: 'usb:2-1', kind: 'usb', usbVendor: 0x2457, usbProduct: 0x101e, serialNumber: 'FLMS1' },
  ])
})

t.test('hubs, roots, interfaces and what is half there are no ports', async (t) => {
  const { busnum: _, ...half } = device({})
  const folder = t.testdir({
    usb1: device({ bDeviceClass: '09\n' }),
    '1-1': device({ bDeviceClass: '09\n' }),
    '1-1.1:1.0': device({}),
    '1-2': half,
    '1-3': device({ idVendor: 'none\n' }),
  })
  t.strictSame(await readUsbEntries(folder), [])
})

t.test('a machine without USB has an empty list', async (t) => {
  t.strictSame(await listUsb(join(t.testdir({}), 'none')), [])
})

t.test('attached means this very plugging', async (t) => {
  const folder = t.testdir({ '1-1': device({ devnum: '7\n' }) })
  const entry = await entryOf(folder)
  t.equal(await isAttached(entry, folder), true)
  writeFileSync(join(folder, '1-1', 'devnum'), '8\n')
  t.equal(await isAttached(entry, folder), false, 'plugged in again')
  rmSync(join(folder, '1-1'), { recursive: true })
  t.equal(await isAttached(entry, folder), false)
})

t.test('the kernel driver of interface 0 is named', async (t) => {
  const folder = t.testdir({ '1-1': { ...device({}), '1-1:1.0': {} } })
  const entry = await entryOf(folder)
  t.equal(await kernelDriver(entry, folder), null)
  mkdirSync(join(folder, 'ftdi_sio'))
  symlinkSync('../../ftdi_sio', join(folder, '1-1', '1-1:1.0', 'driver'))
  t.equal(await kernelDriver(entry, folder), 'ftdi_sio')
})
