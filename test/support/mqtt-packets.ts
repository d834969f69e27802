/** What a record of the traffic between agent and broker needs of MQTT (OASIS MQTT 5.0 and 3.1.1, chapter 3). */
export type Packet =
  | { readonly kind: 'connect'; readonly version: number }
  | { readonly kind: 'publish'; readonly id: number | null; readonly topic: string; readonly payload: string }
  | { readonly kind: 'puback'; readonly id: number; readonly refused: boolean }

const CONNECT = 1
const PUBLISH = 3
const PUBACK = 4
/** From this reason code on a message was not taken (MQTT 5, section 2.4). */
const FIRST_REFUSAL = 0x80

/**
 * Cuts a stream into packets, whatever the pieces it comes in.
 * @param version of the protocol as the CONNECT said it: 4 or 5
 */
export const packetReader = (version: () => number, tell: (packet: Packet) => void): ((piece: Buffer) => void) => {
  let held = Buffer.alloc(0)
  return (piece) => {
    held = Buffer.concat([held, piece])
    for (;;) {
      const length = variableInteger(held, 1)
      if (length === null || held.length < length.next + length.value) return
      const packet = parsed(held[0] ?? 0, held.subarray(length.next, length.next + length.value), version())
      held = held.subarray(length.next + length.value)
      if (packet) tell(packet)
    }
  }
}

const parsed = (first: number, body: Buffer, version: number): Packet | null => {
  const type = first >> 4
  // Protocol name of four letters, then the level.
  if (type === CONNECT) return { kind: 'connect', version: body[6] ?? 0 }
  if (type === PUBACK) return { kind: 'puback', id: body.readUInt16BE(0), refused: (body[2] ?? 0) >= FIRST_REFUSAL }
  if (type !== PUBLISH) return null
  const topicEnd = 2 + body.readUInt16BE(0)
  const acknowledged = (first & 0b110) !== 0
  const headerEnd = topicEnd + (acknowledged ? 2 : 0)
  const properties = version === 5 ? variableInteger(body, headerEnd) : null
  return {
    kind: 'publish',
    id: acknowledged ? body.readUInt16BE(topicEnd) : null,
    topic: body.toString('utf8', 2, topicEnd),
    payload: body.toString('utf8', properties ? properties.next + properties.value : headerEnd),
  }
}

/** Seven bits a byte, the lowest first (MQTT 5, section 1.5.5); null where it is not all there yet. */
const variableInteger = (bytes: Buffer, at: number): { readonly value: number; readonly next: number } | null => {
  let value = 0
  for (let i = 0; ; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return null
    value += (byte & 0x7f) * 128 ** i
    if (byte < 0x80) return { value, next: at + i + 1 }
  }
}
