import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { StreamEnd } from './contract.js'
import { listen } from './listen.js'

export interface HostedTcp {
  /** As an instrument's `link` in the configuration: `tcp://127.0.0.1:4001`. */
  readonly url: string
  readonly port: number
  /** Bytes thrown away because the client did not read them. */
  dropped(): number
  /** Hangs up on the client and frees the port; may be called twice. */
  close(): Promise<void>
}

/** Bytes kept for a client that does not read; a piece beyond is dropped whole, and counted. */
export const MAX_UNSENT_BYTES = 1024 * 1024

/**
 * An emulated instrument behind a TCP port, as ser2net puts a serial one there. One client at a time: a second one is hung up on
 * at once, without a byte, and the first does not notice.
 * @throws Failure of `listen`.
 */
export const hostTcp = async (end: StreamEnd, { host = '127.0.0.1', port }: { host?: string; port: number }): Promise<HostedTcp> => {
  let client: Socket | null = null
  let dropped = 0
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    if (client) {
      socket.destroySoon()
      return
    }
    client = socket
    socket.on('data', (bytes) => end.receive(bytes))
    socket.once('close', () => {
      client = null
      end.detach()
    })
    end.attach((bytes) => {
      if (socket.writableLength + bytes.length > MAX_UNSENT_BYTES) dropped += bytes.length
      else if (socket.writable) socket.write(bytes)
    })
  })
  const listening = await listen(server, { host, port })
  return {
    url: `tcp://${host.includes(':') ? `[${host}]` : host}:${listening}`,
    port: listening,
    dropped: () => dropped,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      client?.destroy()
      await closed
    },
  }
}
