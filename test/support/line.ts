import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A line between two that a test can cut, and slow down to a halt in the middle of a transfer. It outlives both ends. */
export interface Line {
  readonly port: number
  /** Lets so many more bytes come back from the server, then nothing. Resolves when the rest is held; cut it, or let it go on. */
  holdAfter(bytes: number): Promise<void>
  release(): void
  /** Everything that is connected is not any more, and nobody answers until it is mended. */
  cut(): Promise<void>
  mend(): Promise<void>
}

export const startLine = async (serverPort: number): Promise<Line> => {
  const sockets = new Set<Socket>()
  const servers = new Set<Socket>()
  let server: Server | null = null
  /** Bytes that may still pass; null: any number. */
  let allowed: number | null = null
  let tell = () => {}

  const serve = (client: Socket): void => {
    const far = connect({ host: '127.0.0.1', port: serverPort, noDelay: true })
    for (const socket of [client, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    servers.add(far)
    client.on('data', (piece) => void far.write(piece))
    client.once('close', () => far.destroy())
    far.on('data', (piece) => {
      const passed = allowed === null ? piece.length : Math.min(allowed, piece.length)
      if (passed > 0) client.write(piece.subarray(0, passed))
      if (allowed === null) return
      allowed -= passed
      if (passed === piece.length) return
      far.pause()
      far.unshift(piece.subarray(passed))
      tell()
    })
    // What a server sent before it closed has passed by then, unless it is held.
    far.once('end', () => client.end())
    far.once('close', () => {
      for (const socket of [client, far]) sockets.delete(socket)
      servers.delete(far)
      if (!client.writableEnded) client.destroy()
    })
  }
  const listen = async (port: number): Promise<Server> => {
    const made = createServer({ noDelay: true }, serve)
    made.listen(port, '127.0.0.1')
    await once(made, 'listening')
    return made
  }
  server = await listen(0)
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the line has no port')
  const { port } = address
  const release = (): void => {
    allowed = null
    for (const far of servers) far.resume()
  }
  return {
    port,
    holdAfter: (bytes) =>
      new Promise((resolve) => {
        allowed = bytes
        tell = resolve
      }),
    release,
    async cut() {
      const closing = server
      server = null
      release()
      if (!closing) return
      const closed = once(closing, 'close')
      closing.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    async mend() {
      server ??= await listen(port)
    },
  }
}
