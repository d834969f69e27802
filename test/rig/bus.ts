import { mkdirSync } from 'node:fs'
import type { UsbEnd } from '../../src/emulation/contract.js'
import { createControl } from '../../src/emulation/usb-standard.js'
import { ENODEV } from './errno.js'
import { type Mounted, mountFuse } from './fuse.js'
import type { Files, Inode } from './fuse-requests.js'
import { hide, showDevice, showHub } from './sysfs.js'
import { openUsbfs, type Plugged, type UsbfsHandle } from './usbfs.js'

/** A USB bus without hardware: emulated instruments as the files of usbfs and sysfs. */
export interface Bus {
  /** `path` as sysfs has it (`1-1.2`). `mode` of the file: 0o600 is a device without udev rule. */
  plug(path: string, end: UsbEnd, mode: number): void
  /** In this order, as the kernel does: transfers end, the file goes, the attributes go. */
  unplug(path: string): void
  end(path: string): UsbEnd
  close(): void
}

const MOUNT = '/dev/bus/usb'
const ROOT = 1
const BUS = 2
/** Inode of device n is n more. */
const DEVICES = 256
const FOLDER_MODE = 0o040755
const FILE_MODE = 0o100000
const POLLOUT = 0x04
const POLLERR_HUP = 0x18

interface Slot {
  readonly path: string
  readonly number: number
  readonly mode: number
  readonly plugged: Plugged
}

interface Opened {
  readonly plugged: Plugged
  readonly usbfs: UsbfsHandle
  wakeKey: bigint | null
}

/** Mounts itself at /dev/bus/usb. Only in a namespace of its own: see run-in-namespace.sh. */
export const startBus = (): Bus => {
  const slots = new Map<number, Slot>()
  const handles = new Map<number, Opened>()
  let nextNumber = 3
  let nextHandle = 1
  mkdirSync('/sys/bus/usb/devices', { recursive: true })
  showHub('usb1', 1)
  showHub('1-2', 2)

  const wake = (opened: Opened): void => {
    if (opened.wakeKey !== null) mounted.wake(opened.wakeKey)
  }
  const remove = ({ number, path, plugged }: Slot): void => {
    if (plugged.gone) return
    plugged.gone = true
    for (const opened of handles.values()) if (opened.plugged === plugged) opened.usbfs.shutDown()
    slots.delete(number)
    hide(path)
    plugged.end.detach()
  }
  const at = (path: string): Slot => {
    const slot = [...slots.values()].find((candidate) => candidate.path === path)
    if (slot === undefined) throw new Error(`nothing at ${path}`)
    return slot
  }
  const opened = (handle: number): Opened => {
    const found = handles.get(handle)
    if (found === undefined) throw new Error(`no handle ${handle}`)
    return found
  }

  const files: Files = {
    inode(number) {
      if (number === ROOT) return folder([['001', BUS]])
      if (number === BUS) return folder([...slots.keys()].map((n) => [String(n).padStart(3, '0'), DEVICES + n]))
      const slot = slots.get(number - DEVICES)
      return slot ? { mode: FILE_MODE | slot.mode, bytes: descriptors(slot.plugged).length, entries: null } : null
    },
    open(inode) {
      const slot = slots.get(inode - DEVICES)
      if (slot === undefined) return -ENODEV
      const entry: Opened = { plugged: slot.plugged, usbfs: openUsbfs(slot.plugged, () => wake(entry)), wakeKey: null }
      handles.set(nextHandle, entry)
      return nextHandle++
    },
    read(handle, offset, bytes) {
      const { plugged } = opened(handle)
      return plugged.gone ? -ENODEV : descriptors(plugged).subarray(offset, offset + bytes)
    },
    ioctl: (handle, command, argument, pid) => opened(handle).usbfs.ioctl(command, argument, pid),
    poll(handle, wakeKey) {
      const entry = opened(handle)
      entry.wakeKey = wakeKey
      return (entry.usbfs.ready ? POLLOUT : 0) | (entry.plugged.gone ? POLLERR_HUP : 0)
    },
    release(handle) {
      opened(handle).usbfs.release()
      handles.delete(handle)
    },
  }
  const mounted: Mounted = mountFuse(MOUNT, files)

  return {
    plug(path, end, mode) {
      const number = nextNumber++
      const plugged: Plugged = { end, control: createControl(end), claims: new Map(), halted: new Set(), gone: false, vanish: () => remove(slot) }
      const slot: Slot = { path, number, mode, plugged }
      end.attach()
      slots.set(number, slot)
      showDevice(path, number, end)
    },
    unplug: (path) => remove(at(path)),
    end: (path) => at(path).plugged.end,
    close: mounted.unmount,
  }
}

const folder = (entries: readonly (readonly [string, number])[]): Inode => ({ mode: FOLDER_MODE, bytes: 0, entries: new Map(entries) })

const descriptors = ({ end }: Plugged): Uint8Array => Buffer.concat([end.deviceDescriptor, end.configurationDescriptor])
