import { connect, type Socket } from 'node:net'
import { Failure } from '../failures.js'
import { createByteQueue } from './byte-queue.js'
import type { OpenLink } from './contract.js'
import { withDeadline } from './deadline.js'
import { checkUnsent } from './unsent.js'

/** Milliseconds for the far end to take the connection. */
export const CONNECT_MS = 3000
/** Milliseconds of silence after which the kernel asks whether the far end is still there. */
const KEEPALIVE_MS = 10_000

/**
 * A serial port behind a network box (ser2net, esp-link), or an emulated instrument.
 * @throws Failure PORT_FAILED when nobody answers there, USAGE when the address is none.
 */
export const openTcp = async (url: string): Promise<OpenLink> => {
  const { host, port } = address(url)
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS })
  await connected(socket, url)
  const queue = createByteQueue()
  let closing = false
  const gone = new Promise<Failure>((resolve) => {
    socket.on('data', (bytes: Buffer) => queue.push(bytes))
    socket.on('error', () => {})
    socket.on('end', () => socket.destroy())
    socket.once('close', () => {
      const lost = new Failure('PORT_GONE', { where: url, seen: 'the far end closed the connection' })
      queue.end(closing ? null : lost)
      if (!closing) resolve(lost)
    })
  })
  return {
    kind: 'stream',
    where: url,
    gone,
    dropped: queue.dropped,
    link: {
      chunks: queue.chunks,
      write: (bytes, deadlineMs) => withDeadline(written(socket, bytes, url), deadlineMs, url),
    },
    async close() {
      closing = true
      socket.destroy()
      queue.end(null)
    },
  }
}

const address = (url: string): { host: string; port: number } => {
  const parts = URL.canParse(url) ? new URL(url) : null
  const port = Number(parts?.port)
  if (parts?.protocol !== 'tcp:' || parts.hostname === '' || !(port > 0))
    throw new Failure('USAGE', { where: url, seen: 'not an address', allowed: 'tcp://HOST:PORT' })
  return { host: parts.hostname.replace(/^\[|\]$/g, ''), port }
}

const connected = async (socket: Socket, url: string): Promise<void> => {
  const answer = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Failure('PORT_FAILED', { where: url, seen: error.code ?? error.message, cure: 'is the serial server running, and is this its port?' }),
      ),
    )
  })
  try {
    await withDeadline(answer, CONNECT_MS, url)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

const written = (socket: Socket, bytes: Uint8Array, url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(new Failure('PORT_GONE', { where: url }))
    checkUnsent(socket.writableLength, url)
    socket.write(bytes, (error) => (error ? reject(new Failure('PORT_GONE', { where: url, seen: error.message })) : resolve()))
  })
