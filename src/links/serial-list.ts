import { SerialPort } from 'serialport'
import type { Port } from './contract.js'

/**
 * The serial ports of this machine, read from the system's device tables: nothing is opened. Empty where the system keeps
 * no such tables (a container without udev).
 */
export const listSerial = async (): Promise<readonly Port[]> => {
  const found = await SerialPort.list().catch(() => [])
  return found.map(({ path, vendorId, productId, serialNumber }) => ({
    url: `serial:${path}`,
    kind: 'stream' as const,
    ...(vendorId === undefined ? {} : { usbVendor: Number.parseInt(vendorId, 16) }),
    ...(productId === undefined ? {} : { usbProduct: Number.parseInt(productId, 16) }),
    ...(serialNumber === undefined ? {} : { serialNumber }),
  }))
}
