import { connect } from 'mqtt'

/** A subscriber at QoS 0 for the life of one connection: the broker hands over at once what it gets, and waits for nothing. */
export interface Eavesdropper {
  readonly heard: readonly { readonly topic: string; readonly payload: string }[]
  /** Resolves when the connection is over and all that came through it was heard. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

export const eavesdrop = async (port: number, filter: string): Promise<Eavesdropper> => {
  const client = connect({ host: '127.0.0.1', port, protocol: 'mqtt', protocolVersion: 5, reconnectPeriod: 0 })
  const heard: { topic: string; payload: string }[] = []
  client.on('error', () => {})
  client.on('message', (topic, payload) => heard.push({ topic, payload: payload.toString() }))
  const ended = new Promise<void>((resolve) => client.once('close', () => resolve()))
  await client.subscribeAsync(filter, { qos: 0 })
  return {
    heard,
    ended,
    async close() {
      await client.endAsync(true)
    },
  }
}
