import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** Where Linux shows each USB device as a folder named by bus and path. Reading there has no side effects: the kernel holds the descriptors. */
export const USB_DEVICES = '/sys/bus/usb/devices'

const HUB_CLASS = 0x09

/** One attached USB device, as the kernel read it when it was plugged in. */
export interface UsbEntry {
  /** `1-1.2`: bus, then the port on each hub on the way. The same socket has the same path. */
  readonly path: string
  readonly bus: number
  /** Counted up at each plugging: another number on the same path is another plugging. */
  readonly device: number
  readonly vendor: number
  readonly product: number
  readonly serialNumber: string | null
}

/** All devices but hubs, by path. Empty where the machine has no USB, or does not show it (a container). */
export const readUsbEntries = async (devices = USB_DEVICES): Promise<readonly UsbEntry[]> => {
  const names = await readdir(devices).catch(() => [])
  const entries = await Promise.all(names.sort().map((name) => readUsbEntry(name, devices)))
  return entries.filter((entry) => entry !== null)
}

/** null for a hub, an interface (`1-1:1.0`), a root (`usb1`), and what is unplugged meanwhile. */
export const readUsbEntry = async (path: string, devices = USB_DEVICES): Promise<UsbEntry | null> => {
  if (!/^\d+-\d+(\.\d+)*$/.test(path)) return null
  const text = async (name: string) => (await readFile(join(devices, path, name), 'utf8')).trim()
  const number = async (name: string, radix: 10 | 16) => Number.parseInt(await text(name), radix)
  try {
    const [bus, device, vendor, product, deviceClass, serial] = await Promise.all([
      number('busnum', 10),
      number('devnum', 10),
      number('idVendor', 16),
      number('idProduct', 16),
      number('bDeviceClass', 16),
      text('serial').catch(() => ''),
    ])
    if (deviceClass === HUB_CLASS || [bus, device, vendor, product].some(Number.isNaN)) return null
    return { path, bus, device, vendor, product, serialNumber: serial === '' ? null : serial }
  } catch {
    return null
  }
}

/** Whether this very plugging is still there. */
export const isAttached = async ({ path, device }: UsbEntry, devices = USB_DEVICES): Promise<boolean> =>
  (await readFile(join(devices, path, 'devnum'), 'utf8').catch(() => '')).trim() === String(device)

/** Device and configuration descriptors, one behind the other (USB 2.0, 9.6). */
export const readDescriptors = ({ path }: UsbEntry, devices = USB_DEVICES): Promise<Uint8Array> => readFile(join(devices, path, 'descriptors'))

/** Name of the kernel driver on interface 0 (`ftdi_sio`), null where there is none. */
export const kernelDriver = async ({ path }: UsbEntry, devices = USB_DEVICES): Promise<string | null> =>
  readlink(join(devices, path, `${path}:1.0`, 'driver')).then(basename, () => null)
