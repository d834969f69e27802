import { readdir } from 'node:fs/promises'

/** Where Linux shows what is attached: device nodes, and USB devices by bus and path. */
const NODES = '/dev'
const USB_DEVICES = '/sys/bus/usb/devices'

/**
 * A text that changes whenever a serial port or USB device comes or goes. Costs two directory listings, so that the full
 * listing (which starts `udevadm`) runs only when something changed. null where the system does not show these folders.
 */
export const attachedMark = async ({ nodes = NODES, usbDevices = USB_DEVICES } = {}): Promise<string | null> => {
  try {
    const [ttys, usb] = await Promise.all([readdir(nodes), readdir(usbDevices)])
    return [...ttys.filter((name) => name.startsWith('tty') || name.startsWith('rfcomm')).sort(), ...usb.sort()].join(' ')
  } catch {
    return null
  }
}
