import { monotonicFactory } from 'ulid'
import { Failure } from '../failures.js'
import type { Settings } from '../settings/schema.js'
import type { Clock } from '../spectrum/clock.js'
import type { Random } from '../spectrum/random.js'
import type { NewRecord, Store } from '../store/contract.js'
import { createBroker } from './broker.js'
import { reasonFailure } from './broker-failure.js'
import type { AgentEvent, Delivery } from './contract.js'
import { createLast } from './last.js'
import { jsonMessage, type Refusal, wordMessage } from './message.js'
import { createOrders } from './orders.js'
import { createPublisher } from './publisher.js'
import { createReplies } from './replies.js'
import { createRequests } from './requests.js'
import { createRetained } from './retained.js'
import { createTopics } from './topics.js'
import { createWindow } from './window.js'

/** Milliseconds that a stop waits for acknowledgements, for that of `offline`, and for the goodbye. Together under a second. */
export const DRAIN_MS = 500
const OFFLINE_MS = 200
const LEAVE_MS = 100
/** Milliseconds between two words about refusals for the same reason. */
const TELL_EVERY_MS = 60_000

export interface DeliveryOptions {
  readonly settings: Settings['mqtt']
  /** Id of this agent. */
  readonly agent: string
  /** Groups whose orders it takes. */
  readonly groups: readonly string[]
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  /** Hears what the broker refuses while it stays connected, at most once a minute for each reason. Nothing is lost by it. */
  readonly tell?: (failure: Failure) => void
}

export interface DeliveryCounts {
  /** Results and events that the broker has acknowledged. */
  readonly acknowledged: number
  /** Messages of any kind that it refused with a reason code; results and events among them are sent again. */
  readonly refused: number
  readonly requests: number
  readonly requestsRefused: number
  /** `desired` messages that were too large to be one. */
  readonly ordersDropped: number
  readonly repliesDropped: number
  readonly retainedDropped: number
}

/** Broker and outbox of one agent. Nothing happens before `start` but that results are stored. */
export const createDelivery = (options: DeliveryOptions): Delivery & { counts(): DeliveryCounts } => {
  const { settings, agent, store, clock, random } = options
  const topics = createTopics(settings.base, agent, options.groups)
  const ending = new AbortController()
  const newId = monotonicFactory()
  const toldMs = new Map<string, number>()
  let refusedCount = 0
  let stopping: Promise<void> | null = null

  /** What is told now and then: the messages refused for one reason together, but each subscription by itself, of which there are few. */
  const refused = ({ reason }: Refusal, topic: string, about = ''): void => {
    refusedCount += 1
    const now = clock.monotonicMs()
    const key = `${reason} ${about}`
    if (now - (toldMs.get(key) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return
    toldMs.set(key, now)
    options.tell?.(reasonFailure(reason, `${settings.url} ${topic}`))
  }
  const pump = () => window.pump()
  const retained = createRetained(pump, refused)
  const replies = createReplies(pump, refused)
  const publisher = createPublisher({ store, clock, signal: ending.signal, pump, refused })
  const window = createWindow([retained, replies, publisher], clock)
  const last = createLast(clock, ending.signal, (topic, payload) => retained.set(jsonMessage(topic, payload, true)))
  const requests = createRequests(topics, replies.add)
  const orders = createOrders(topics, (failure) => options.tell?.(failure))
  const broker = createBroker({
    settings,
    // The same at every connection: a broker that still holds a dead one ends it, and its will, before ours begins.
    clientId: `spectro2mqtt-${agent}`,
    will: wordMessage(topics.state, 'offline'),
    subscribe: topics.incoming,
    window,
    onMessage: (message) => {
      if (!orders.take(message)) void requests.take(message)
    },
    onSubscribeRefused: (refusal, filter) => refused(refusal, filter, filter),
    clock,
    random,
  })
  // First of the retained ones, so that it is the first word of every connection.
  retained.set(wordMessage(topics.state, 'online'))

  const commit = async (record: NewRecord): Promise<void> => {
    const [key] = await store.append([record])
    if (key !== undefined) publisher.committed([{ ...record, key }])
  }
  const within = (ms: number, done: Promise<unknown>): Promise<unknown> => Promise.race([done, clock.sleep(ms, ending.signal)])
  const goodbye = async (): Promise<void> => {
    publisher.close()
    last.flush()
    const session = broker.session
    if (session) {
      await within(DRAIN_MS, window.drained())
      // With a full window nothing more may be sent; without a goodbye the broker says `offline` for us, by the will.
      if (window.inFlight === 0) {
        retained.set(wordMessage(topics.state, 'offline'))
        await within(OFFLINE_MS, window.drained())
        session.leave()
        await within(LEAVE_MS, session.lost)
      }
    }
    await broker.stop()
    ending.abort()
  }
  return {
    base: topics.base,
    broker$: broker.state$,
    start: () => broker.start(),
    async deliver(result) {
      const payload = JSON.stringify(result)
      const { id, instrument, seq } = result
      await commit({ class: 'result', topic: topics.result(instrument), payload, id, createdMs: clock.wallMs(), of: { instrument, seq } })
      last.offer(topics.last(instrument), seq, payload)
    },
    async event(content) {
      const createdMs = clock.wallMs()
      const id = newId(createdMs)
      const event: AgentEvent = { schema: 'event/1', id, agent, time: new Date(createdMs).toISOString(), ...content }
      await commit({ class: 'event', topic: topics.event, payload: JSON.stringify(event), id, createdMs })
    },
    retain(path, payload) {
      const topic = topics.below(path)
      if (topic === topics.state) throw new Failure('INVARIANT', { where: topic, seen: 'a second author', allowed: 'the words of delivery alone' })
      retained.set(jsonMessage(topic, JSON.stringify(payload), true))
    },
    onRequest: requests.onRequest,
    onDesired: orders.onDesired,
    stop: () => {
      stopping ??= goodbye()
      return stopping
    },
    counts: () => ({
      acknowledged: publisher.acknowledged,
      refused: refusedCount,
      requests: requests.taken,
      requestsRefused: requests.refused,
      ordersDropped: orders.dropped,
      repliesDropped: replies.dropped,
      retainedDropped: retained.dropped,
    }),
  }
}
