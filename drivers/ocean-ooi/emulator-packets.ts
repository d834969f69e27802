import { Failure } from '../../src/failures.js'

/** The packets that one IN endpoint has ready, and the one transfer that may wait for them. */
export interface PacketQueue {
  /** Packets not yet taken by the host. */
  readonly unread: number
  push(...packets: readonly (Uint8Array | 'stall')[]): void
  /** See `UsbEnd.in`. */
  take(bytes: number, signal: AbortSignal): Promise<Uint8Array | 'stall'>
  /** Forgets everything that is unread. */
  clear(): void
  /** Ends the waiting transfer with this failure. */
  fail(failure: Failure): void
}

interface Transfer {
  room: number
  readonly packets: Uint8Array[]
  settle(end: Uint8Array | 'stall' | Failure): void
}

/** `packetBytes` is the endpoint's wMaxPacketSize: a shorter packet ends a transfer (USB 2.0, 5.8.3). */
export const createPacketQueue = (endpoint: number, packetBytes: number): PacketQueue => {
  const ready: (Uint8Array | 'stall')[] = []
  let waiting: Transfer | null = null

  const settle = (end: Uint8Array | 'stall' | Failure): void => {
    const transfer = waiting
    waiting = null
    transfer?.settle(end)
  }

  const pump = (): void => {
    while (waiting) {
      const packet = ready.shift()
      if (packet === undefined) return
      if (packet === 'stall' || packet.length > waiting.room) {
        settle('stall')
        return
      }
      waiting.packets.push(packet)
      waiting.room -= packet.length
      if (packet.length < packetBytes || waiting.room === 0) settle(joined(waiting.packets))
    }
  }

  return {
    get unread() {
      return ready.length
    },
    push(...packets) {
      ready.push(...packets)
      pump()
    },
    take: (bytes, signal) =>
      new Promise((resolve, reject) => {
        const where = `endpoint 0x${endpoint.toString(16)}`
        if (signal.aborted) return reject(new Failure('ABORTED', { where }))
        if (waiting) return reject(new Failure('INVARIANT', { where, seen: 'a second transfer while one is waiting', allowed: 'one at a time' }))
        const abort = () => settle(new Failure('ABORTED', { where }))
        signal.addEventListener('abort', abort, { once: true })
        waiting = {
          room: bytes,
          packets: [],
          settle(end) {
            signal.removeEventListener('abort', abort)
            if (end instanceof Failure) reject(end)
            else resolve(end)
          },
        }
        pump()
      }),
    clear() {
      ready.length = 0
    },
    fail: settle,
  }
}

const joined = (packets: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(packets.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const packet of packets) {
    whole.set(packet, at)
    at += packet.length
  }
  return whole
}
