import { asFailure, Failure } from '../failures.js'
import type { IncomingRequest, Response } from './contract.js'
import { jsonMessage, type Message } from './message.js'
import type { Incoming } from './session.js'
import type { Topics } from './topics.js'

/** Bytes of a request. */
export const MAX_REQUEST_BYTES = 64 * 1024
/** Characters of a transaction, and bytes of the correlation data. */
export const MAX_TRANSACTION = 256
/** Requests that are being answered. */
export const MAX_RUNNING = 64

export type RequestHandler = (request: IncomingRequest) => Promise<Response>

export interface Requests {
  /** Takes a message below `request/`; whatever it is, it gets a response. */
  take(message: Incoming): Promise<void>
  onRequest(handler: RequestHandler): void
  readonly taken: number
  readonly refused: number
}

export const createRequests = (topics: Topics, reply: (message: Message) => void): Requests => {
  let handle: RequestHandler = async ({ verb }) => {
    throw new Failure('REQUEST_INVALID', { where: `request/${verb}`, seen: 'a request before the agent has started', cure: 'ask again in a moment' })
  }
  let running = 0
  let taken = 0
  let refused = 0
  const answer = async (message: Incoming, request: IncomingRequest): Promise<Response> => {
    try {
      if (running >= MAX_RUNNING)
        throw new Failure('REQUEST_INVALID', { where: message.topic, seen: `${running} requests under way`, cure: 'ask again in a moment' })
      const content = contentOf(message)
      const response = handle({ ...request, content, transaction: transactionOf(content) ?? request.transaction })
      taken += 1
      running += 1
      return await response.finally(() => {
        running -= 1
      })
    } catch (error) {
      refused += 1
      const { code, message: text } = asFailure(error, 'INVARIANT', message.topic)
      return { status: 'error', data: null, error: { code, message: text }, transaction: transactionOf(parsed(message)) ?? request.transaction }
    }
  }
  return {
    async take(message) {
      const verb = topics.verbOf(message.topic)
      // Only a name that is none of ours can hold other characters; there is no topic to answer at.
      if (verb === null) {
        refused += 1
        return
      }
      const { correlationData } = message
      const transaction = correlationData === null || correlationData.length > MAX_TRANSACTION ? null : correlationData.toString('hex')
      const response = JSON.stringify(await answer(message, { verb, content: null, transaction }))
      const own = topics.response(verb)
      const asked = usable(message.responseTopic)
      if (asked !== own) reply(jsonMessage(own, response, false))
      if (asked !== null) reply({ ...jsonMessage(asked, response, false), correlationData })
    },
    onRequest(handler) {
      handle = handler
    },
    get taken() {
      return taken
    },
    get refused() {
      return refused
    },
  }
}

/** @throws Failure REQUEST_INVALID. An empty request is one without content. */
const contentOf = (message: Incoming): unknown => {
  const { topic, payload, retained } = message
  if (retained)
    throw new Failure('REQUEST_INVALID', {
      where: topic,
      seen: 'a retained message',
      allowed: 'requests without the retain flag, for a retained one would be carried out again at every connection',
      cure: 'delete it by publishing an empty retained message there',
    })
  if (payload.length > MAX_REQUEST_BYTES)
    throw new Failure('REQUEST_INVALID', { where: topic, seen: `${payload.length} bytes`, allowed: `at most ${MAX_REQUEST_BYTES} bytes` })
  const content = parsed(message)
  if (content === undefined) throw new Failure('REQUEST_INVALID', { where: topic, seen: 'something that is not JSON', allowed: 'a JSON object' })
  return content
}

/** undefined where the content is no JSON, or more than anybody would send. */
const parsed = ({ payload }: Incoming): unknown => {
  if (payload.length === 0) return {}
  if (payload.length > MAX_REQUEST_BYTES) return undefined
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    return undefined
  }
}

const transactionOf = (content: unknown): string | null => {
  if (typeof content !== 'object' || content === null || !('transaction' in content)) return null
  const { transaction } = content
  return (typeof transaction === 'string' || typeof transaction === 'number') && String(transaction).length <= MAX_TRANSACTION
    ? String(transaction)
    : null
}

/** A topic that may be published to: a broker would cut the connection for a wildcard (MQTT 5, section 3.3.2.1). */
const usable = (topic: string | null): string | null => (topic === null || topic === '' || /[+#\0]|^\$/.test(topic) ? null : topic)
