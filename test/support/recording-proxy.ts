import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { packetReader } from './mqtt-packets.js'

/** A message that the broker has acknowledged: from then on it is the broker's. */
export interface Taken {
  readonly topic: string
  readonly payload: string
}

/** A door before a broker that writes down which QoS 1 messages of the client the broker acknowledged. It outlives any of the two. */
export interface RecordingProxy {
  readonly port: number
  readonly taken: readonly Taken[]
  /** Resolves with the next message that is taken and meets the condition. */
  next(wanted: (taken: Taken) => boolean): Promise<Taken>
  /** Whether anybody answers at the port. Opening again takes the same port. */
  open(): Promise<void>
  close(): Promise<void>
}

export const startRecordingProxy = async (brokerPort: () => number): Promise<RecordingProxy> => {
  const taken: Taken[] = []
  const sockets = new Set<Socket>()
  let waiting: { readonly wanted: (taken: Taken) => boolean; readonly resolve: (taken: Taken) => void }[] = []
  let server: Server | null = null

  const take = (message: Taken): void => {
    taken.push(message)
    const woken = waiting.filter(({ wanted }) => wanted(message))
    waiting = waiting.filter((waiter) => !woken.includes(waiter))
    for (const { resolve } of woken) resolve(message)
  }
  const serve = (client: Socket): void => {
    const broker = connect({ host: '127.0.0.1', port: brokerPort(), noDelay: true })
    const unacknowledged = new Map<number, Taken>()
    let version = 5
    const fromClient = packetReader(
      () => version,
      (packet) => {
        if (packet.kind === 'connect') version = packet.version
        if (packet.kind === 'publish' && packet.id !== null) unacknowledged.set(packet.id, packet)
      },
    )
    const fromBroker = packetReader(
      () => version,
      (packet) => {
        if (packet.kind !== 'puback') return
        const message = unacknowledged.get(packet.id)
        unacknowledged.delete(packet.id)
        if (message && !packet.refused) take({ topic: message.topic, payload: message.payload })
      },
    )
    join(client, broker, fromClient)
    join(broker, client, fromBroker)
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
  }
  const listenOn = async (port: number): Promise<Server> => {
    const made = createServer({ noDelay: true }, serve)
    made.listen(port, '127.0.0.1')
    await once(made, 'listening')
    return made
  }
  server = await listenOn(0)
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port')
  const { port } = address
  return {
    port,
    taken,
    next: (wanted) => new Promise((resolve) => waiting.push({ wanted, resolve })),
    async open() {
      server ??= await listenOn(port)
    },
    async close() {
      const closing = server
      server = null
      if (!closing) return
      const closed = once(closing, 'close')
      closing.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Passes on what was read, once it is written down; whatever ends one side ends the other. */
const join = (from: Socket, to: Socket, record: (piece: Buffer) => void): void => {
  from.on('data', (piece: Buffer) => {
    record(piece)
    to.write(piece)
  })
  from.on('error', () => {})
  from.once('close', () => to.destroy())
}
