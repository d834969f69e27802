import { Failure } from '../failures.js'
import type { OpenLink, Port } from './contract.js'

/** Serial speed where a family names none; bits per second. */
const DEFAULT_BAUD_RATE = 115_200

/**
 * Opens the port that a URL names. The library of a link is loaded only when such a link is opened.
 * @throws Failure of the PORT_ family; USAGE for a URL of no known kind.
 */
export const openPort = async (url: string, { baudRate = DEFAULT_BAUD_RATE }: { baudRate?: number | undefined } = {}): Promise<OpenLink> => {
  if (url.startsWith('tcp:')) return (await import('./tcp.js')).openTcp(url)
  if (url.startsWith('serial:')) return (await import('./serial.js')).openSerial(url, baudRate)
  if (url.startsWith('usb:')) return (await import('./usb.js')).openUsb(url)
  throw new Failure('USAGE', { where: url, seen: 'no kind of link that is known', allowed: 'tcp://HOST:PORT, serial:/dev/... or usb:BUS-PATH' })
}

/** Every port of this machine, without touching one. A USB serial adapter is in it twice: as `serial:` and as `usb:`. */
export const listPorts = async (): Promise<readonly Port[]> => {
  const [{ listSerial }, { listUsb }] = await Promise.all([import('./serial-list.js'), import('./usb-list.js')])
  return (await Promise.all([listSerial(), listUsb()])).flat()
}
