import type { UsbEnd } from './contract.js'

/**
 * USB/IP 1.1.1 on the wire (Linux kernel, Documentation/usb/usbip_protocol.rst), all words big-endian.
 * Before import, client:      VV VV CC CC 00 00 00 00 [bus id, 32]     V 0111, C 8005 list, 8003 import
 * After import, both ways:    48 bytes of header, then the data of an OUT submit or an IN reply
 */
export type UsbipRequest =
  | { readonly kind: 'list' }
  | { readonly kind: 'import'; readonly busId: string }
  | {
      readonly kind: 'submit'
      readonly seq: number
      readonly isIn: boolean
      readonly endpoint: number
      readonly length: number
      readonly setup: Uint8Array
      readonly data: Uint8Array
    }
  | { readonly kind: 'unlink'; readonly seq: number; readonly victim: number }
  /** Not USB/IP, or beyond the limits: nothing that follows can be understood. */
  | { readonly kind: 'foreign' }

/** Largest data of one transfer in bytes; the largest spectrum of any family is below 64 KiB. */
export const MAX_TRANSFER_BYTES = 1024 * 1024

const OP_BYTES = 8
const IMPORT_BYTES = 40
const HEADER_BYTES = 48
const [OP_LIST, OP_IMPORT] = [0x0111_8005, 0x0111_8003]
const [CMD_SUBMIT, CMD_UNLINK, RET_SUBMIT, RET_UNLINK] = [1, 2, 3, 4]
const SPEEDS = { full: 2, high: 3 }
const BUS_ID_BYTES = 32
/** Why an import is refused. */
export const IMPORT_STATUS = { ok: 0, busy: 2, none: 4 } as const

/** Puts requests together from any pieces. After `foreign` nothing more comes out. */
export const createUsbipReader = (): { push(bytes: Uint8Array): readonly UsbipRequest[] } => {
  let held = Buffer.alloc(0)
  let lost = false
  return {
    push(bytes) {
      if (lost) return []
      held = Buffer.concat([held, bytes])
      const requests: UsbipRequest[] = []
      for (;;) {
        const found = firstRequest(held)
        if (found === null) return requests
        requests.push(found.request)
        lost = found.request.kind === 'foreign'
        if (lost) return requests
        held = held.subarray(found.bytes)
      }
    },
  }
}

const firstRequest = (held: Buffer): { readonly request: UsbipRequest; readonly bytes: number } | null => {
  if (held.length < OP_BYTES) return null
  const code = held.readUInt32BE(0)
  if (code === OP_LIST) return { request: { kind: 'list' }, bytes: OP_BYTES }
  if (code === OP_IMPORT) {
    if (held.length < IMPORT_BYTES) return null
    const busId = held.toString('latin1', OP_BYTES, IMPORT_BYTES).replace(/\0.*$/s, '')
    return { request: { kind: 'import', busId }, bytes: IMPORT_BYTES }
  }
  if (code !== CMD_SUBMIT && code !== CMD_UNLINK) return { request: { kind: 'foreign' }, bytes: 0 }
  if (held.length < HEADER_BYTES) return null
  const seq = held.readUInt32BE(4)
  if (code === CMD_UNLINK) return { request: { kind: 'unlink', seq, victim: held.readUInt32BE(20) }, bytes: HEADER_BYTES }
  const [isIn, endpoint, length] = [held.readUInt32BE(12) === 1, held.readUInt32BE(16), held.readUInt32BE(24)]
  if (length > MAX_TRANSFER_BYTES || endpoint > 15) return { request: { kind: 'foreign' }, bytes: 0 }
  const bytes = HEADER_BYTES + (isIn ? 0 : length)
  if (held.length < bytes) return null
  const [setup, data] = [Uint8Array.from(held.subarray(40, HEADER_BYTES)), Uint8Array.from(held.subarray(HEADER_BYTES, bytes))]
  return { request: { kind: 'submit', seq, isIn, endpoint, length, setup, data }, bytes }
}

export const listReply = (end: UsbEnd, busId: string): Uint8Array =>
  Buffer.concat([Buffer.from([1, 0x11, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1]), deviceRecord(end, busId), ...interfaces(end)])

export const importReply = (status: number, end: UsbEnd, busId: string): Uint8Array => {
  const head = Buffer.from([1, 0x11, 0, 3, 0, 0, 0, status])
  return status === IMPORT_STATUS.ok ? Buffer.concat([head, deviceRecord(end, busId)]) : head
}

/** `status` is 0 or a negative errno; `length` the bytes that were moved, `data` those of an IN transfer. */
export const submitReply = (seq: number, status: number, length: number, data: Uint8Array): Uint8Array => {
  const bytes = Buffer.alloc(HEADER_BYTES + data.length)
  bytes.writeUInt32BE(RET_SUBMIT, 0)
  bytes.writeUInt32BE(seq, 4)
  bytes.writeInt32BE(status, 20)
  bytes.writeUInt32BE(length, 24)
  bytes.set(data, HEADER_BYTES)
  return bytes
}

export const unlinkReply = (seq: number, status: number): Uint8Array => {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt32BE(RET_UNLINK, 0)
  bytes.writeUInt32BE(seq, 4)
  bytes.writeInt32BE(status, 20)
  return bytes
}

/** struct usbip_usb_device: path, bus id, numbers, speed, ids, classes. */
const deviceRecord = ({ deviceDescriptor, configurationDescriptor, speed }: UsbEnd, busId: string): Buffer => {
  const record = Buffer.alloc(312)
  const device = Buffer.from(deviceDescriptor)
  const [bus = 1, address = 1] = busId.split('-').map(Number)
  record.write(`/sys/devices/emulated/usb${bus}/${busId}`, 0)
  record.write(busId.slice(0, BUS_ID_BYTES - 1), 256)
  record.writeUInt32BE(bus, 288)
  record.writeUInt32BE(address + 1, 292)
  record.writeUInt32BE(SPEEDS[speed], 296)
  record.writeUInt16BE(device.readUInt16LE(8), 300)
  record.writeUInt16BE(device.readUInt16LE(10), 302)
  record.writeUInt16BE(device.readUInt16LE(12), 304)
  record.set(device.subarray(4, 7), 306)
  record.set([0, device[17] ?? 1, configurationDescriptor[4] ?? 1], 309)
  return record
}

/** Class, subclass and protocol of each interface (USB 2.0, table 9-12), first setting only. */
const interfaces = ({ configurationDescriptor: bytes }: UsbEnd): readonly Buffer[] => {
  const found: Buffer[] = []
  for (let at = 0; at + 1 < bytes.length; at += Math.max(2, bytes[at] ?? 0))
    if (bytes[at + 1] === 4 && bytes[at + 3] === 0) found.push(Buffer.from([bytes[at + 5] ?? 0, bytes[at + 6] ?? 0, bytes[at + 7] ?? 0, 0]))
  return found
}
