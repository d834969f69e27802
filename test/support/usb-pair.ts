import type { UsbEnd } from '../../src/emulation/contract.js'
import { Failure } from '../../src/failures.js'
import type { OpenLink, UsbLink } from '../../src/links/contract.js'
import type { Clock } from '../../src/spectrum/clock.js'

/** A claimed USB interface whose far end is an emulator in the same process. Packets, short packets, stalls and deadlines as on a bus. */
export interface UsbPair {
  readonly open: OpenLink & { readonly kind: 'usb' }
  /** Every OUT transfer of the host, in order. */
  readonly written: Uint8Array[]
  /** The longest that any read was allowed to stay pending; milliseconds. */
  longestReadMs(): number
  unplug(): void
}

/** Descriptor types and the field offsets of an endpoint descriptor (USB 2.0, tables 9-5 and 9-13). */
const ENDPOINT_DESCRIPTOR = 5
const PRODUCT_OFFSET = 10
const CLEAR_FEATURE = 1

export const usbPair = (end: UsbEnd, clock: Clock): UsbPair => {
  const where = 'memory://usb'
  const written: Uint8Array[] = []
  const packets = packetSizes(end.configurationDescriptor)
  const busy = new Set<number>()
  const halted = new Set<number>()
  let longestMs = 0
  let plugged = true
  const unplugged = new AbortController()
  let lose: (why: Failure) => void = () => {}
  const gone = new Promise<Failure>((resolve) => {
    lose = resolve
  })
  const lost = () => new Failure('PORT_GONE', { where, seen: 'unplugged' })
  const stall = (endpoint: number) => {
    halted.add(endpoint)
    return new Failure('BAD_FRAME', { where, seen: `a stall on endpoint 0x${endpoint.toString(16)}` })
  }
  const packetBytes = (endpoint: number): number => {
    const size = packets.get(endpoint)
    if (size === undefined) throw new Failure('PORT_FAILED', { where, seen: `no endpoint 0x${endpoint.toString(16)}` })
    return size
  }
  /** Packets until one is short or the transfer is full. */
  const transfer = async (endpoint: number, bytes: number, signal: AbortSignal): Promise<Uint8Array> => {
    const packet = packetBytes(endpoint)
    const got: number[] = []
    while (got.length < bytes) {
      const piece = await end.in(endpoint, bytes - got.length, signal)
      if (piece === 'stall') throw stall(endpoint)
      if (piece.length > bytes - got.length) throw new Failure('BAD_FRAME', { where, seen: 'more than was asked for (babble)' })
      got.push(...piece)
      if (piece.length % packet !== 0 || piece.length === 0) break
    }
    return Uint8Array.from(got)
  }
  const link: UsbLink = {
    packetBytes,
    async control({ requestType, request, index }, dataOrLength) {
      if (!plugged) throw lost()
      if (requestType === 'standard' && request === CLEAR_FEATURE) halted.delete(index)
      else throw new Failure('BAD_FRAME', { where, seen: `a control transfer that no driver of this test makes (${request})` })
      return typeof dataOrLength === 'number' ? new Uint8Array(dataOrLength) : new Uint8Array(0)
    },
    async write(endpoint, bytes) {
      if (!plugged) throw lost()
      packetBytes(endpoint)
      if (halted.has(endpoint)) throw stall(endpoint)
      written.push(Uint8Array.from(bytes))
      if (end.out(endpoint, Uint8Array.from(bytes)) === 'stall') throw stall(endpoint)
    },
    async read(endpoint, bytes, deadlineMs) {
      if (!plugged) throw lost()
      if (halted.has(endpoint)) throw stall(endpoint)
      // usb 3 fails a second transfer on the same endpoint.
      if (busy.has(endpoint)) throw new Failure('PORT_FAILED', { where, seen: `a second read on endpoint 0x${endpoint.toString(16)}` })
      if (bytes % packetBytes(endpoint) !== 0)
        throw new Failure('PORT_FAILED', { where, seen: `a read of ${bytes} bytes, no multiple of the packet` })
      busy.add(endpoint)
      longestMs = Math.max(longestMs, deadlineMs)
      const over = new AbortController()
      const timer = new AbortController()
      const late = clock.sleep(deadlineMs, timer.signal).then(
        () => Promise.reject(new Failure('DEADLINE', { where, seen: `nothing within ${deadlineMs} ms` })),
        () => new Promise<never>(() => {}),
      )
      const pulled = new Promise<never>((_, reject) => {
        unplugged.signal.addEventListener('abort', () => reject(lost()), { signal: over.signal })
      })
      try {
        const coming = transfer(endpoint, bytes, over.signal)
        coming.catch(() => {})
        return await Promise.race([coming, late, pulled])
      } finally {
        busy.delete(endpoint)
        timer.abort()
        over.abort()
      }
    },
  }
  end.attach()
  const detach = () => {
    if (plugged) end.detach()
    plugged = false
  }
  return {
    written,
    longestReadMs: () => longestMs,
    unplug() {
      detach()
      unplugged.abort()
      lose(lost())
    },
    open: {
      kind: 'usb',
      where,
      gone,
      product: (end.deviceDescriptor[PRODUCT_OFFSET] ?? 0) | ((end.deviceDescriptor[PRODUCT_OFFSET + 1] ?? 0) << 8),
      dropped: () => 0,
      link,
      async close() {
        detach()
        unplugged.abort()
      },
    },
  }
}

/** wMaxPacketSize of each endpoint in a configuration descriptor. */
const packetSizes = (descriptor: Uint8Array): ReadonlyMap<number, number> => {
  const sizes = new Map<number, number>()
  for (let at = 0; at < descriptor.length; at += descriptor[at] ?? 1) {
    if ((descriptor[at] ?? 0) === 0) break
    if (descriptor[at + 1] === ENDPOINT_DESCRIPTOR)
      sizes.set(descriptor[at + 2] ?? 0, ((descriptor[at + 4] ?? 0) | ((descriptor[at + 5] ?? 0) << 8)) & 0x7ff)
  }
  return sizes
}
