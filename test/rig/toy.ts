import { createPacketQueue } from '../../drivers/ocean-ooi/emulator-packets.js'
import type { CreateUsbEmulator } from '../../src/emulation/contract.js'
import { Failure } from '../../src/failures.js'

/** Bulk OUT of the commands, and where their answers come. */
export const COMMANDS = 0x01
export const REPLIES = 0x81
export const BULK = 0x82
export const VENDOR = 0x1209
export const PRODUCT = 0x0001
/** First byte of a command. `echo`: what follows it comes back. `later`: byte 1 is how many ms, the rest comes back then. */
export const say = { echo: 1, later: 2, stall: 3, bulk: 4 } as const
/** Bytes that `bulk` answers with, each its own place modulo 251. */
export const BULK_BYTES = 5000
/** Vendor requests: IN gives value and index back; OUT keeps its data, which the third gives back. */
export const ask = { fields: 1, keep: 2, kept: 3 } as const

const PACKET_BYTES = 64
const BULK_PACKET_BYTES = 512

/** A USB device that has everything a link must carry: control transfers both ways, echo, late answers, long answers, stalls. */
export const createEmulator: CreateUsbEmulator = ({ serial = 'TOY0001', clock }) => {
  const queues = new Map([
    [REPLIES, createPacketQueue(REPLIES, PACKET_BYTES)],
    [BULK, createPacketQueue(BULK, BULK_PACKET_BYTES)],
  ])
  const push = (endpoint: number, ...packets: (Uint8Array | 'stall')[]) => queues.get(endpoint)?.push(...packets)
  let kept = new Uint8Array(0)
  return {
    kind: 'usb',
    speed: 'high',
    deviceDescriptor: Uint8Array.of(18, 1, 0, 2, 0, 0, 0, 64, ...low(VENDOR), ...low(PRODUCT), 0, 1, 1, 2, 3, 1),
    configurationDescriptor: Uint8Array.of(
      ...[9, 2, 39, 0, 1, 1, 0, 0x80, 50],
      ...[9, 4, 0, 0, 3, 0xff, 0, 0, 0],
      ...[7, 5, COMMANDS, 2, ...low(BULK_PACKET_BYTES), 0],
      ...[7, 5, REPLIES, 2, ...low(PACKET_BYTES), 0],
      ...[7, 5, BULK, 2, ...low(BULK_PACKET_BYTES), 0],
    ),
    strings: ['', 'Made up', 'Toy', serial],
    attach() {
      for (const queue of queues.values()) queue.clear()
    },
    control(setup, data) {
      const [requestType, request] = setup
      if (requestType === 0x02) return null
      if (requestType === 0xc0 && request === ask.fields) return setup.slice(2, 6)
      if (requestType === 0xc0 && request === ask.kept) return kept
      if (requestType !== 0x40 || request !== ask.keep) return 'stall'
      kept = Uint8Array.from(data)
      return null
    },
    out(_endpoint, data) {
      const [command, second = 0] = data
      if (command === say.echo) push(REPLIES, data.slice(1))
      if (command === say.later) clock.sleep(second).then(() => push(REPLIES, data.slice(2)))
      if (command === say.stall) push(BULK, 'stall')
      if (command === say.bulk)
        for (let at = 0; at < BULK_BYTES; at += BULK_PACKET_BYTES)
          push(
            BULK,
            Uint8Array.from({ length: Math.min(BULK_PACKET_BYTES, BULK_BYTES - at) }, (_, i) => (at + i) % 251),
          )
      return 'ok'
    },
    in: async (endpoint, bytes, signal) => queues.get(endpoint)?.take(bytes, signal) ?? 'stall',
    detach() {
      for (const queue of queues.values()) queue.fail(new Failure('PORT_GONE'))
    },
    misbehave() {},
    heal() {},
  }
}

const low = (value: number): readonly number[] => [value & 0xff, value >> 8]
