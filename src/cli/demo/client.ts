import { EventEmitter } from 'node:events'
import { connectAsync, type MqttClient } from 'mqtt'
import { ulid } from 'ulid'
import { resultSchema } from '../../delivery/payloads.js'
import { Failure } from '../../failures.js'
import type { Result } from '../../spectrum/result.js'

/** Milliseconds that the agent may take to answer a request: an averaged exposure and its commit. */
const REQUEST_MS = 20_000

/** An integrator's view of the agent: nothing but topics. */
export interface Client {
  onResult(listener: (result: Result) => void): void
  /** The newest message of a topic that passes; waits for the first one. */
  until(topic: RegExp, passes: (content: unknown) => boolean, ms: number): Promise<unknown>
  /** @throws Failure with the agent's own message where it says no. */
  request(verb: string, content: object): Promise<unknown>
  close(): Promise<void>
}

/** Connects to the broker and subscribes to everything below `base`. */
export const openClient = async (url: string, base: string): Promise<Client> => {
  const mqtt: MqttClient = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 })
  const messages = new EventEmitter<{ message: [topic: string, content: unknown] }>()
  messages.setMaxListeners(50)
  mqtt.on('message', (topic, bytes) => messages.emit('message', topic.slice(base.length + 1), contentOf(bytes.toString('utf8'))))
  await mqtt.subscribeAsync(`${base}/#`, { qos: 1 })

  // One listener from the call on: messages of one chunk are handed on before a promise continues.
  const until: Client['until'] = (topic, passes, ms) =>
    new Promise((resolve, reject) => {
      const look = (seen: string, content: unknown) => {
        if (topic.test(seen) && passes(content)) done(() => resolve(content))
      }
      const late = setTimeout(
        () => done(() => reject(new Failure('NO_ANSWER', { where: `${base}/${topic.source}`, seen: `nothing within ${ms / 1000} s` }))),
        ms,
      )
      const done = (settle: () => void) => {
        clearTimeout(late)
        messages.off('message', look)
        settle()
      }
      messages.on('message', look)
    })
  return {
    onResult(listener) {
      messages.on('message', (topic, content) => {
        if (topic.endsWith('/result')) listener(resultSchema.parse(content))
      })
    },
    until,
    async request(verb, content) {
      const transaction = ulid()
      const answer = until(new RegExp(`^response/${verb}$`), (response) => Reflect.get(Object(response), 'transaction') === transaction, REQUEST_MS)
      await mqtt.publishAsync(`${base}/request/${verb}`, JSON.stringify({ ...content, transaction }), { qos: 1 })
      const response = Object(await answer)
      if (Reflect.get(response, 'status') === 'ok') return Reflect.get(response, 'data')
      throw new Failure('REQUEST_INVALID', { where: verb, seen: String(Reflect.get(Object(Reflect.get(response, 'error')), 'message')) })
    },
    close: () => mqtt.endAsync(),
  }
}

/** Everything is JSON but the word of `state`. */
const contentOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
