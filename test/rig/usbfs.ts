import type { UsbEnd } from '../../src/emulation/contract.js'
import type { ControlAnswer } from '../../src/emulation/usb-standard.js'
import { isFailure } from '../../src/failures.js'
import { EAGAIN, EBUSY, ECONNRESET, EINVAL, ENODATA, ENODEV, ENOENT, ENOTTY, EPIPE, ESHUTDOWN } from './errno.js'
import { type ProcessMemory, withMemory, word } from './process-memory.js'

/** A plugged device. One that is gone answers ENODEV. */
export interface Plugged {
  readonly end: UsbEnd
  readonly control: (setup: Uint8Array, data: Uint8Array) => ControlAnswer
  /** Interface number -> the handle that claimed it. */
  readonly claims: Map<number, UsbfsHandle>
  /** Endpoints that stalled and were not cleared since (USB 2.0, 9.4.5): every transfer on them stalls. */
  readonly halted: Set<number>
  gone: boolean
  /** The emulated instrument says that it was pulled out. */
  vanish(): void
}

/** One open() of a device's file. */
export interface UsbfsHandle {
  ioctl(command: number, argument: number, pid: number): number
  /** A finished transfer waits to be fetched. */
  readonly ready: boolean
  /** Everything under way ends as the kernel ends it at an unplug. */
  shutDown(): void
  release(): void
}

interface Finished {
  readonly urb: number
  readonly status: number
  readonly bytes: number
  readonly data: Uint8Array | null
  readonly at: number
}

const IN = 0x80
/** Offsets in struct usbdevfs_urb (64 bit): status, actual_length. */
const STATUS_AT = 4
const ACTUAL_AT = 28
const URB_BYTES = 56
const CONTROL_URB = 2
const SETUP_BYTES = 8
const SPEED = { full: 2, high: 3 } as const
/** linux/usbdevice_fs.h: zero packets, no packet size limit, reap after disconnect. */
const CAPABILITIES = 0x15
/** Numbers of the requests (linux/usbdevice_fs.h); the others answer ENOTTY. */
const TRANSFER = { submit: 10, discard: 11, reap: 12, reapNoDelay: 13, clearHalt: 21 } as const
const DEVICE = { getDriver: 8, claim: 15, release: 16, driverIoctl: 18, capabilities: 26, disconnectClaim: 27, speed: 31 } as const

/** usbfs as nusb uses it: requests of linux/usbdevice_fs.h, answered by an emulated instrument. `wake`: something is ready. */
export const openUsbfs = (device: Plugged, wake: () => void): UsbfsHandle => {
  const { end } = device
  const pending = new Map<number, AbortController>()
  const done: Finished[] = []
  const finish = (result: Finished): void => {
    pending.delete(result.urb)
    done.push(result)
    wake()
  }
  const fails = (urb: number, status: number): void => finish({ urb, status: -status, bytes: 0, data: null, at: 0 })
  const stalls = (urb: number, endpoint: number): void => {
    device.halted.add(endpoint)
    fails(urb, EPIPE)
  }

  const pulled = (error: unknown): void => {
    if (!isFailure(error, 'PORT_GONE')) throw error
    device.vanish()
  }

  const submitControl = (urb: number, buffer: number, memory: ProcessMemory): void => {
    const setup = memory.read(buffer, SETUP_BYTES)
    const length = setup.readUInt16LE(6)
    const isIn = ((setup[0] ?? 0) & IN) !== 0
    const answer = device.control(setup, isIn ? new Uint8Array(0) : memory.read(buffer + SETUP_BYTES, length))
    if (answer === 'stall') fails(urb, EPIPE)
    else if (answer === null) finish({ urb, status: 0, bytes: length, data: null, at: 0 })
    else finish({ urb, status: 0, bytes: answer.length, data: answer, at: buffer + SETUP_BYTES })
  }
  const submitIn = (urb: number, endpoint: number, buffer: number, length: number): void => {
    const abort = new AbortController()
    pending.set(urb, abort)
    const settled = (act: () => void) => {
      if (pending.get(urb) === abort) act()
    }
    end.in(endpoint, length, abort.signal).then(
      (data) => settled(() => (data === 'stall' ? stalls(urb, endpoint) : finish({ urb, status: 0, bytes: data.length, data, at: buffer }))),
      (error: unknown) => settled(() => pulled(error)),
    )
  }
  const submit = (urb: number, memory: ProcessMemory): number => {
    const fields = memory.read(urb, URB_BYTES)
    const endpoint = fields[1] ?? 0
    const buffer = Number(fields.readBigUInt64LE(16))
    const length = fields.readInt32LE(24)
    if (fields[0] === CONTROL_URB) submitControl(urb, buffer, memory)
    else if (device.halted.has(endpoint)) fails(urb, EPIPE)
    else if (endpoint & IN) submitIn(urb, endpoint, buffer, length)
    else if (end.out(endpoint, memory.read(buffer, length)) === 'stall') stalls(urb, endpoint)
    else finish({ urb, status: 0, bytes: length, data: null, at: 0 })
    return 0
  }
  const discard = (urb: number): number => {
    const running = pending.get(urb)
    if (running === undefined) return -EINVAL
    fails(urb, ENOENT)
    running.abort()
    return 0
  }
  const reap = (argument: number, memory: ProcessMemory): number => {
    const first = done.shift()
    if (first === undefined) return device.gone ? -ENODEV : -EAGAIN
    if (first.data) memory.write(first.at, first.data)
    memory.write(first.urb + STATUS_AT, word(first.status))
    memory.write(first.urb + ACTUAL_AT, word(first.bytes))
    const address = Buffer.alloc(8)
    address.writeBigUInt64LE(BigInt(first.urb))
    memory.write(argument, address)
    return 0
  }
  const claim = (number: number): number => {
    if (number !== 0) return -ENOENT
    const owner = device.claims.get(number)
    if (owner !== undefined && owner !== handle) return -EBUSY
    device.claims.set(number, handle)
    return 0
  }
  const clearHalt = (endpoint: number): number => {
    device.halted.delete(endpoint)
    return device.control(Uint8Array.of(2, 1, 0, 0, endpoint, 0, 0, 0), new Uint8Array(0)) === 'stall' ? -EPIPE : 0
  }

  const answer = (request: number, argument: number, memory: ProcessMemory): number => {
    const first = () => memory.read(argument, 4).readUInt32LE()
    if (request === TRANSFER.reap || request === TRANSFER.reapNoDelay) return reap(argument, memory)
    if (device.gone) return -ENODEV
    switch (request) {
      case TRANSFER.submit:
        return submit(argument, memory)
      case TRANSFER.discard:
        return discard(argument)
      case DEVICE.claim:
      case DEVICE.disconnectClaim:
        return claim(first())
      case DEVICE.release:
        return device.claims.get(first()) === handle && device.claims.delete(first()) ? 0 : -EINVAL
      case TRANSFER.clearHalt:
        return clearHalt(first())
      case DEVICE.speed:
        return SPEED[end.speed]
      case DEVICE.capabilities:
        memory.write(argument, word(CAPABILITIES))
        return 0
      case DEVICE.getDriver:
      case DEVICE.driverIoctl:
        return -ENODATA
      default:
        return -ENOTTY
    }
  }

  const handle: UsbfsHandle = {
    ioctl(command, argument, pid) {
      try {
        return withMemory(pid, (memory) => answer(command & 0xff, argument, memory))
      } catch (error) {
        pulled(error)
        return -ENODEV
      }
    },
    get ready() {
      return done.length > 0
    },
    shutDown() {
      for (const [urb, running] of [...pending]) {
        fails(urb, ESHUTDOWN)
        running.abort()
      }
      wake()
    },
    release() {
      for (const [urb, running] of [...pending]) {
        fails(urb, ECONNRESET)
        running.abort()
      }
      for (const [number, owner] of device.claims) if (owner === handle) device.claims.delete(number)
    },
  }
  return handle
}
