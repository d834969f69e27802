import { createServer, type Server } from 'node:net'
import { Aedes } from 'aedes'

export interface EmbeddedBroker {
  readonly url: string
  readonly port: number
  /** True where the wanted port was taken and another was chosen. */
  readonly moved: boolean
  close(): Promise<void>
}

/** A broker on loopback, for the demo alone: no password, nothing kept. The wanted port if it is free, else one that the system picks. */
export const startBroker = async (wanted: number): Promise<EmbeddedBroker> => {
  const aedes = await Aedes.createBroker()
  const server = createServer(aedes.handle)
  const port = await listen(server, wanted).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' || error.code === 'EACCES') return listen(server, 0)
    throw error
  })
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    moved: wanted !== 0 && port !== wanted,
    async close() {
      await new Promise<void>((resolve) => aedes.close(() => resolve()))
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
