import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { failures } from '../failures.js'
import type { Description } from '../instruments/contract.js'
import { type Recognised, recognise } from '../instruments/recognise.js'
import { UDEV_FILE } from '../instruments/udev.js'
import type { Port } from '../links/contract.js'

/** Whether this process may open a device node, asked without opening it. */
export interface Access {
  readonly at: 'usable' | 'denied' | 'no-node'
  readonly node: string
  readonly cure: string | null
}

export interface AttachedPort {
  readonly port: Port
  readonly recognised: Recognised
  /** null where there is nothing to open: a stranger. */
  readonly access: Access | null
}

/** `nodeOf` gives the device node of a USB port by its path, null where it is gone again. */
export type NodeOf = (port: Port) => Promise<string | null>

/**
 * What is known of each listed port. A serial adapter is listed twice, as serial port and as USB device: the latter is left out where
 * no family speaks to it.
 */
export const examine = async (ports: readonly Port[], descriptions: readonly Description[], nodeOf: NodeOf): Promise<readonly AttachedPort[]> => {
  const known = ports.map((port) => ({ port, recognised: recognise(port, descriptions) }))
  const serial = known.filter(({ port }) => port.kind === 'stream')
  const once = known.filter(
    ({ port, recognised }) => port.kind === 'stream' || recognised.as !== 'stranger' || !serial.some((other) => isSameDevice(other.port, port)),
  )
  return Promise.all(
    once.map(async ({ port, recognised }) => ({ port, recognised, access: recognised.as === 'stranger' ? null : await accessOf(port, nodeOf) })),
  )
}

const isSameDevice = (a: Port, b: Port): boolean =>
  a.usbVendor !== undefined && a.usbVendor === b.usbVendor && a.usbProduct === b.usbProduct && a.serialNumber === b.serialNumber

const accessOf = async (port: Port, nodeOf: NodeOf): Promise<Access> => {
  const node = await nodeOf(port)
  if (node === null) return { at: 'no-node', node: port.url, cure: 'it is gone: plug it in again' }
  return nodeAccess(node, port.kind)
}

/** The same for one device node. */
export const nodeAccess = async (node: string, kind: Port['kind']): Promise<Access> => {
  try {
    await access(node, constants.R_OK | constants.W_OK)
    return { at: 'usable', node, cure: null }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT')
      return { at: 'no-node', node, cure: `${node} does not exist: plug it in; a container must be given it (docker run --device ${node})` }
    return { at: 'denied', node, cure: kind === 'usb' ? usbCure : serialCure }
  }
}

const serialCure = 'sudo usermod -aG dialout $USER, then log in again (the systemd unit has that group already)'
const usbCure = `spectro2mqtt devices --udev | sudo tee ${UDEV_FILE}; then sudo udevadm control --reload && sudo udevadm trigger`

/** The node of a port on this Linux: the path of a serial port, `/dev/bus/usb/BUS/DEVICE` of a USB device. */
export const linuxNode: NodeOf = async ({ url, kind }) => {
  if (kind === 'stream') return url.replace(/^serial:/, '')
  const { readUsbEntry } = await import('../links/usb-sysfs.js')
  const entry = await readUsbEntry(url.replace(/^usb:/, ''))
  return entry && `/dev/bus/usb/${three(entry.bus)}/${three(entry.device)}`
}

const three = (n: number): string => String(n).padStart(3, '0')

/** What a port is, in words. */
export const inWords = ({ recognised, access }: AttachedPort): string => {
  const what =
    recognised.as === 'own'
      ? `${recognised.family}: starts by itself`
      : recognised.as === 'adapter'
        ? `an adapter: name the family in the configuration${recognised.families.length > 0 ? ` (${recognised.families.join(', ')} use such)` : ''}`
        : 'not known'
  if (access === null || access.at === 'usable') return what
  return `${what}; ${access.at === 'denied' ? failures.PORT_DENIED.text : 'no device node'}`
}
