import type { Port } from './contract.js'
import { readUsbEntries, type UsbEntry } from './usb-sysfs.js'

/** The USB devices of this machine, read from sysfs: nothing is opened and no library is loaded. */
export const listUsb = async (devices?: string): Promise<readonly Port[]> => (await readUsbEntries(devices)).map(portOf)

const portOf = ({ path, vendor, product, serialNumber }: UsbEntry): Port => ({
  url: `usb:${path}`,
  kind: 'usb',
  usbVendor: vendor,
  usbProduct: product,
  ...(serialNumber === null ? {} : { serialNumber }),
})
