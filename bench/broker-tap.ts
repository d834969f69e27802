import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { systemClock } from '../src/system-clock.js'

/** What passed: when a result left the agent and when its PUBACK came back, ms since boot. */
export interface Tap {
  readonly port: number
  /** By sequence number. */
  readonly acked: Map<number, number>
  /** Time of the first PUBLISH of a result; null before it. */
  firstMs(): number | null
  close(): void
}

/** A pipe between agent and broker that reads along. Adds its own hop to every latency, so the figures are upper bounds. */
export const tapBroker = async (brokerPort: number): Promise<Tap> => {
  const acked = new Map<number, number>()
  const bySent = new Map<number, number>()
  let first: number | null = null
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (agent) => {
    const broker = connect({ port: brokerPort, host: '127.0.0.1', noDelay: true })
    for (const socket of [agent, broker]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        agent.destroy()
        broker.destroy()
      })
    }
    const out = packets((type, flags, body) => {
      if (type !== 3 || (flags & 0b110) !== 0b010) return
      const topicBytes = body.readUInt16BE(0)
      if (
        !body
          .subarray(2, 2 + topicBytes)
          .toString()
          .endsWith('/result')
      )
        return
      first ??= systemClock.monotonicMs()
      // The number stands early in the payload; a pattern is enough and costs the tap less than parsing.
      const seq = Number(/"seq":(\d+)/.exec(body.toString('latin1', 2 + topicBytes))?.[1])
      bySent.set(body.readUInt16BE(2 + topicBytes), seq)
    })
    const back = packets((type, _flags, body) => {
      if (type !== 4) return
      const packetId = body.readUInt16BE(0)
      const seq = bySent.get(packetId)
      if (seq === undefined) return
      bySent.delete(packetId)
      acked.set(seq, systemClock.monotonicMs())
    })
    agent.on('data', (bytes) => {
      broker.write(bytes)
      out(bytes)
    })
    broker.on('data', (bytes) => {
      back(bytes)
      agent.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    acked,
    firstMs: () => first,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** MQTT fixed headers (MQTT 5, 2.1): type, flags, remaining length, body. */
const packets = (onPacket: (type: number, flags: number, body: Buffer) => void): ((bytes: Buffer) => void) => {
  let held: Buffer = Buffer.alloc(0)
  return (bytes) => {
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes])
    for (;;) {
      const head = header(held)
      if (head === null || held.length < head.end) return
      onPacket((held[0] ?? 0) >> 4, (held[0] ?? 0) & 15, held.subarray(head.start, head.end))
      held = held.subarray(head.end)
    }
  }
}

const header = (bytes: Buffer): { start: number; end: number } | null => {
  let length = 0
  for (let i = 1; i < 5; i++) {
    const byte = bytes[i]
    if (byte === undefined) return null
    length += (byte & 127) * 128 ** (i - 1)
    if (byte < 128) return { start: i + 1, end: i + 1 + length }
  }
  return null
}
