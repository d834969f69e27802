import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { isFailure } from '../failures.js'
import type { UsbEnd } from './contract.js'
import { listen } from './listen.js'
import { createControl } from './usb-standard.js'
import { createUsbipReader, IMPORT_STATUS, importReply, listReply, submitReply, type UsbipRequest, unlinkReply } from './usbip-wire.js'

export interface HostedUsbip {
  readonly port: number
  /** What `usbip attach -r 127.0.0.1 -b` takes. */
  readonly busId: string
  /** Pulls the cable and frees the port; may be called twice. */
  close(): Promise<void>
}

/** IN transfers that one host may have waiting; one more fails with ENOMEM. */
export const MAX_WAITING_TRANSFERS = 64
/** Connections at once: one host that holds the device, and some that ask for the list. */
const MAX_CONNECTIONS = 8
const BUS_ID = '1-1'
const [ENOMEM, EPIPE, ECONNRESET] = [-12, -32, -104]
const NO_DATA = new Uint8Array(0)

/**
 * An emulated USB instrument for any Linux with vhci-hcd: `usbip attach -r 127.0.0.1 -b 1-1` plugs it in, closing or a vanished
 * instrument pulls the cable. Loopback only; a second host is refused while one holds it.
 * @throws Failure of `listen`.
 */
export const hostUsbip = async (end: UsbEnd, port: number): Promise<HostedUsbip> => {
  let holder: Socket | null = null
  const sockets = new Set<Socket>()

  const server = createServer({ noDelay: true }, (socket) => {
    const reader = createUsbipReader()
    let answer: ((request: UsbipRequest) => void) | null = null
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      sockets.delete(socket)
      if (holder === socket) holder = null
    })
    socket.on('data', (bytes) => {
      for (const request of reader.push(bytes)) {
        if (socket.destroyed) return
        if (answer) answer(request)
        else if (request.kind === 'list') socket.end(listReply(end, BUS_ID))
        else if (request.kind !== 'import') socket.destroy()
        else if (request.busId !== BUS_ID) socket.end(importReply(IMPORT_STATUS.none, end, BUS_ID))
        else if (holder) socket.end(importReply(IMPORT_STATUS.busy, end, BUS_ID))
        else {
          holder = socket
          socket.write(importReply(IMPORT_STATUS.ok, end, BUS_ID))
          answer = plugIn(end, socket)
        }
      }
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  const listening = await listen(server, { host: '127.0.0.1', port })
  return {
    port: listening,
    busId: BUS_ID,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** The device in the hands of one host, until its socket closes. Transfers of one endpoint are served in their order. */
const plugIn = (end: UsbEnd, socket: Socket): ((request: UsbipRequest) => void) => {
  const control = createControl(end)
  const waiting = new Map<number, AbortController>()
  const tails = new Map<number, Promise<void>>()
  end.attach()
  socket.once('close', () => {
    for (const abort of waiting.values()) abort.abort()
    waiting.clear()
    end.detach()
  })

  /** Runs one exchange with the instrument; if that is gone, so is the cable. */
  const unlessGone = (error: unknown): void => {
    if (!isFailure(error, 'PORT_GONE')) throw error
    socket.destroy()
  }

  const submitIn = (seq: number, endpoint: number, length: number): void => {
    if (waiting.size >= MAX_WAITING_TRANSFERS) {
      socket.write(submitReply(seq, ENOMEM, 0, NO_DATA))
      return
    }
    const abort = new AbortController()
    waiting.set(seq, abort)
    const served = (tails.get(endpoint) ?? Promise.resolve())
      .then(() => end.in(endpoint | 0x80, length, abort.signal))
      .then((got) => {
        if (!waiting.delete(seq)) return
        socket.write(got === 'stall' ? submitReply(seq, EPIPE, 0, NO_DATA) : submitReply(seq, 0, got.length, got))
      })
      .catch((error: unknown) => {
        waiting.delete(seq)
        if (!isFailure(error, 'ABORTED')) unlessGone(error)
      })
    tails.set(endpoint, served)
  }

  return (request) => {
    try {
      if (request.kind === 'unlink') {
        const victim = waiting.get(request.victim)
        waiting.delete(request.victim)
        victim?.abort()
        socket.write(unlinkReply(request.seq, victim ? ECONNRESET : 0))
      } else if (request.kind !== 'submit') socket.destroy()
      else if (request.endpoint === 0) {
        const got = control(request.setup, request.data)
        if (got === 'stall') socket.write(submitReply(request.seq, EPIPE, 0, NO_DATA))
        else socket.write(submitReply(request.seq, 0, got?.length ?? request.data.length, got ?? NO_DATA))
      } else if (request.isIn) submitIn(request.seq, request.endpoint, request.length)
      else {
        const status = end.out(request.endpoint, request.data) === 'ok' ? 0 : EPIPE
        socket.write(submitReply(request.seq, status, status === 0 ? request.data.length : 0, NO_DATA))
      }
    } catch (error) {
      unlessGone(error)
    }
  }
}
