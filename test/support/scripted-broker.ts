import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A PUBLISH at QoS 1 as it came in. */
export interface Published {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
  readonly packetId: number
  readonly connection: number
  /** Bytes of the properties (MQTT 5). */
  readonly properties: Buffer
  /** Answers with PUBACK; a reason of 0x80 or more refuses. */
  ack(reason?: number): void
}

export interface Script {
  /** Bytes of the properties of CONNACK (MQTT 5, section 3.2.2.3): by default none. */
  readonly connackProperties?: readonly number[]
  /** Called for each PUBLISH; whoever does not `ack` leaves it unacknowledged. */
  readonly onPublish: (message: Published) => void
  /** SUBACK reason of each filter; 1 grants QoS 1. */
  readonly subackReason?: (filter: string) => number
}

export interface ScriptedBroker {
  readonly port: number
  readonly connections: number
  /** Packet types in the order they came, over all connections: 1 CONNECT, 3 PUBLISH, 8 SUBSCRIBE, 14 DISCONNECT (MQTT 5, section 2.1.2). */
  readonly types: readonly number[]
  cut(): void
  close(): Promise<void>
}

/** The far end of MQTT 5, byte by byte, that does what a test says: late, missing and refusing PUBACKs. */
export const startScriptedBroker = async (script: Script): Promise<ScriptedBroker> => {
  const sockets = new Set<Socket>()
  const types: number[] = []
  let connections = 0
  const server = createServer((socket) => {
    const connection = ++connections
    let held = Buffer.alloc(0)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      held = Buffer.concat([held, bytes])
      for (let packet = take(held); packet !== null; packet = take(held)) {
        held = held.subarray(packet.bytes)
        types.push(packet.type)
        answer(socket, connection, packet)
      }
    })
  })
  const answer = (socket: Socket, connection: number, { type, flags, body }: Packet): void => {
    if (type === 1) {
      const properties = script.connackProperties ?? []
      socket.write(Buffer.from([0x20, 3 + properties.length, 0, 0, properties.length, ...properties]))
    }
    if (type === 8) {
      const codes = filtersOf(body).map(script.subackReason ?? (() => 1))
      socket.write(Buffer.from([0x90, 3 + codes.length, body.readUInt8(0), body.readUInt8(1), 0, ...codes]))
    }
    if (type === 12) socket.write(Buffer.from([0xd0, 0]))
    if (type !== 3) return
    const topicBytes = body.readUInt16BE(0)
    const packetId = body.readUInt16BE(2 + topicBytes)
    const { value: propertyBytes, bytes: lengthBytes } = variable(body, 4 + topicBytes) ?? { value: 0, bytes: 1 }
    const at = 4 + topicBytes + lengthBytes
    script.onPublish({
      topic: body.toString('utf8', 2, 2 + topicBytes),
      payload: body.toString('utf8', at + propertyBytes),
      properties: body.subarray(at, at + propertyBytes),
      retain: (flags & 1) === 1,
      packetId,
      connection,
      ack: (reason = 0) => void socket.write(Buffer.from([0x40, 4, packetId >> 8, packetId & 0xff, reason, 0])),
    })
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get connections() {
      return connections
    },
    types,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

interface Packet {
  readonly type: number
  readonly flags: number
  readonly body: Buffer
  readonly bytes: number
}

/** One packet from the front; null while it is not whole. */
const take = (held: Buffer): Packet | null => {
  const length = held.length < 2 ? null : variable(held, 1)
  if (length === null || held.length < 1 + length.bytes + length.value) return null
  const start = 1 + length.bytes
  const head = held.readUInt8(0)
  return { type: head >> 4, flags: head & 0xf, body: held.subarray(start, start + length.value), bytes: start + length.value }
}

/** A variable byte integer (MQTT 5, section 1.5.5). */
const variable = (bytes: Buffer, at: number): { value: number; bytes: number } | null => {
  let value = 0
  for (let i = 0; i < 4 && at + i < bytes.length; i++) {
    const byte = bytes.readUInt8(at + i)
    value += (byte & 0x7f) * 128 ** i
    if (byte < 0x80) return { value, bytes: i + 1 }
  }
  return null
}

/** Topic filters of a SUBSCRIBE (MQTT 5, section 3.8.3): packet id and properties, then each filter with a byte of options. */
const filtersOf = (body: Buffer): readonly string[] => {
  const properties = variable(body, 2) ?? { value: 0, bytes: 1 }
  const filters: string[] = []
  for (let at = 2 + properties.bytes + properties.value; at < body.length; at += 3 + body.readUInt16BE(at))
    filters.push(body.toString('utf8', at + 2, at + 2 + body.readUInt16BE(at)))
  return filters
}
