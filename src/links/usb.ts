import { Failure, isFailure } from '../failures.js'
import type { OpenLink } from './contract.js'
import { withDeadline } from './deadline.js'
import { packetBytesByEndpoint } from './usb-endpoints.js'
import { openFailure, transferFailure, unplugged } from './usb-errors.js'
import { findNative, type NativeDevice } from './usb-native.js'
import { isAttached, kernelDriver, readDescriptors, readUsbEntries, type UsbEntry } from './usb-sysfs.js'
import { createTransfers } from './usb-transfers.js'

const INTERFACE = 0
/** Milliseconds that `close` waits for transfers under way: they end by their own deadlines. */
const CLOSE_MS = 400
/** Milliseconds between looks whether an idle device is still attached; one under transfer tells at once. */
const WATCH_MS = 500

/**
 * A USB device of this machine with its interface 0 claimed. `url` is `usb:BUS-PATH` (`usb:1-1.2`) or `usb:SERIAL`.
 * Unplug is told by the transfer that fails and by the kernel's list, not by the library's events (docs/decisions/0004-usb-events.md).
 * @throws Failure PORT_GONE (not attached, no USB), PORT_BUSY, PORT_DENIED, PORT_FAILED or PART_MISSING, each with its cure.
 */
export const openUsb = async (url: string): Promise<OpenLink & { readonly kind: 'usb' }> => {
  const entry = await attachedAs(url)
  const where = `usb:${entry.path}`
  const { device, packetBytes } = await claimed(entry, where)
  let lose: (why: Failure) => void = () => {}
  const gone = new Promise<Failure>((resolve) => {
    lose = resolve
  })
  const lost = (why: Failure): Failure => {
    clearInterval(watch)
    transfers.refuse(why)
    if (closing === null) lose(why)
    return why
  }
  const transfers = createTransfers(device, packetBytes, where, async (error) => {
    const failure = transferFailure(error, where, await isAttached(entry))
    return isFailure(failure, 'PORT_GONE') ? lost(failure) : failure
  })
  const watch = setInterval(async () => {
    if (!(await isAttached(entry))) lost(unplugged(where))
  }, WATCH_MS).unref()
  let closing: Promise<void> | null = null
  const shut = async (): Promise<void> => {
    clearInterval(watch)
    transfers.refuse(new Failure('PORT_GONE', { where, seen: 'closed' }))
    const released = transfers.idle().then(() => letGo(device))
    await withDeadline(released, CLOSE_MS, where).catch(() => {})
  }
  return {
    kind: 'usb',
    where,
    product: entry.product,
    gone,
    dropped: () => 0,
    link: transfers.link,
    close() {
      closing ??= shut()
      return closing
    },
  }
}

const attachedAs = async (url: string): Promise<UsbEntry> => {
  const name = url.slice('usb:'.length)
  const entries = await readUsbEntries()
  const place = entries.find(({ path }) => path === name)
  const [first, ...others] = place ? [place] : entries.filter(({ serialNumber }) => serialNumber === name)
  if (first === undefined)
    throw new Failure('PORT_GONE', {
      where: url,
      seen: entries.length === 0 ? 'no USB device at all' : 'not attached',
      allowed: entries.map(({ path }) => `usb:${path}`).join(', ') || 'usb:BUS-PATH or usb:SERIAL',
      cure:
        entries.length === 0
          ? 'plug it in; a container must be given /dev/bus/usb and /sys/bus/usb'
          : 'plug it in; "spectro2mqtt devices" lists what is there',
    })
  if (others.length > 0)
    throw new Failure('USAGE', {
      where: url,
      seen: 'several devices with this serial number',
      allowed: [first, ...others].map(({ path }) => `usb:${path}`).join(' or '),
    })
  return first
}

const claimed = async (entry: UsbEntry, where: string): Promise<{ device: NativeDevice; packetBytes: ReadonlyMap<number, number> }> => {
  const explain = async (error: unknown) => {
    const [attached, driver] = await Promise.all([isAttached(entry), kernelDriver(entry)])
    return openFailure(error, where, nodeOf(entry), driver, attached)
  }
  const descriptors = await readDescriptors(entry).catch(() => null)
  const device = await findNative(entry, where).catch(async (error: unknown) => {
    throw isFailure(error) ? error : await explain(error)
  })
  if (device === null || descriptors === null) throw unplugged(where)
  try {
    await device.open()
  } catch (error) {
    throw await explain(error)
  }
  try {
    await device.claimInterface(INTERFACE)
  } catch (error) {
    await device.close().catch(() => {})
    throw await explain(error)
  }
  return { device, packetBytes: packetBytesByEndpoint(descriptors) }
}

/** Released by name: an interface is then free at once, however late the file itself is closed. */
const letGo = async (device: NativeDevice): Promise<void> => {
  await device.releaseInterface(INTERFACE).catch(() => {})
  await device.close()
}

const nodeOf = ({ bus, device }: UsbEntry): string => `/dev/bus/usb/${String(bus).padStart(3, '0')}/${String(device).padStart(3, '0')}`
