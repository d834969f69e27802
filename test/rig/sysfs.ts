import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { UsbEnd } from '../../src/emulation/contract.js'

const DEVICES = '/sys/bus/usb/devices'
const MEGABITS = { full: 12, high: 480 } as const
const HUB_CLASS = 9

/** What the kernel shows of a device: the attributes of one USB device and of its interface 0. */
export const showDevice = (path: string, device: number, end: UsbEnd): void => {
  const descriptor = Buffer.from(end.deviceDescriptor)
  const text = (at: number) => end.strings[descriptor[at] ?? 0] ?? ''
  show(path, {
    ...identity(path, device, { vendor: descriptor.readUInt16LE(8), product: descriptor.readUInt16LE(10), deviceClass: descriptor[4] ?? 0 }),
    speed: MEGABITS[end.speed],
    manufacturer: text(14),
    product: text(15),
    serial: text(16),
  })
  writeFileSync(join(DEVICES, path, 'descriptors'), Buffer.concat([end.deviceDescriptor, end.configurationDescriptor]))
  const classes = { bInterfaceClass: 'ff', bInterfaceSubClass: '00', bInterfaceProtocol: '00' }
  show(join(path, `${path}:1.0`), { bInterfaceNumber: '00', bAlternateSetting: ' 0', ...classes })
}

/** A hub, and the root of a bus: every machine with USB has them, and none is an instrument. */
export const showHub = (path: string, device: number): void =>
  show(path, { ...identity(path, device, { vendor: 0x1d6b, product: 0x0002, deviceClass: HUB_CLASS }), speed: 480 })

export const hide = (path: string): void => rmSync(join(DEVICES, path), { recursive: true, force: true })

const identity = (path: string, device: number, { vendor, product, deviceClass }: { vendor: number; product: number; deviceClass: number }) => ({
  busnum: 1,
  devnum: device,
  devpath: path.split('-')[1] ?? '0',
  idVendor: hex(vendor, 4),
  idProduct: hex(product, 4),
  bcdDevice: '0100',
  version: ' 2.00',
  bNumConfigurations: 1,
  bConfigurationValue: 1,
  bDeviceClass: hex(deviceClass, 2),
  bDeviceSubClass: '00',
  bDeviceProtocol: '00',
})

/** An attribute that a device does not have is no file at all. */
const show = (folder: string, attributes: Readonly<Record<string, string | number>>): void => {
  mkdirSync(join(DEVICES, folder), { recursive: true })
  for (const [name, value] of Object.entries(attributes)) if (value !== '') writeFileSync(join(DEVICES, folder, name), `${value}\n`)
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
