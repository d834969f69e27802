/** Something to publish at QoS 1. */
export interface Message {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
  readonly contentType: 'application/json' | 'text/plain'
  /** Properties of MQTT 5; an older connection goes without. */
  readonly userProperties: Readonly<Record<string, string>>
  readonly correlationData: Buffer | null
}

/** Why the broker did not take a message: a reason code of 0x80 or more in its PUBACK (MQTT 5 alone). */
export interface Refusal {
  readonly reason: number
}

/** A message that a lane gave away. `settled` is called once unless the connection is lost first: null means acknowledged. */
export interface Sendable {
  readonly message: Message
  settled(refusal: Refusal | null): void
}

/** A source of messages, emptied as fast as the window of the connection allows. */
export interface Lane {
  /** The next message; null when there is none now. */
  next(): Sendable | null
  /** A new connection begins: what was given away and not settled must be given again. */
  reset(): void
}

export const jsonMessage = (topic: string, payload: string, retain: boolean): Message => ({
  topic,
  payload,
  retain,
  contentType: 'application/json',
  userProperties: {},
  correlationData: null,
})

/** The words of `state` are the only payloads that are not JSON. */
export const wordMessage = (topic: string, payload: 'online' | 'offline'): Message => ({
  ...jsonMessage(topic, payload, true),
  contentType: 'text/plain',
})
