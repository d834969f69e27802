import type { Observable } from 'rxjs'
import type { Failure } from '../failures.js'
import type { Flag } from '../spectrum/flags.js'
import type { Result } from '../spectrum/result.js'

/** What an event is about, in a word. */
export const eventKinds = [
  'flag-raised',
  'flag-cleared',
  'drift-raised',
  'drift-cleared',
  'calibrated',
  'connected',
  'fault',
  'bad-frame',
  'trigger-missed',
  'gap',
  'dropped',
  'model',
] as const
export type EventKind = (typeof eventKinds)[number]

/** One entry of `<base>/<agent>/event` (DESIGN section 8): what happened, in a word, a code where there is one, and a sentence. */
export interface AgentEvent {
  readonly schema: 'event/1'
  readonly id: string
  readonly agent: string
  readonly time: string
  readonly kind: EventKind
  readonly instrument: string | null
  /** A failure code or flag, where the event has one. */
  readonly code: Failure['code'] | Flag | null
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What the caller of an event states; id, agent and time are added. */
export type EventContent = Pick<AgentEvent, 'kind' | 'instrument' | 'code' | 'message' | 'data'>

export type BrokerState =
  | { readonly at: 'connected' }
  | { readonly at: 'waiting'; readonly failure: Failure; readonly retryInMs: number }
  | { readonly at: 'connecting' }

/** A request as it came from the broker. */
export interface IncomingRequest {
  readonly verb: string
  readonly content: unknown
  /** `transaction` of the content, or the MQTT 5 correlation data in hex; null if neither. */
  readonly transaction: string | null
}

/** What `model/<slot>/desired` says: of this agent (`group` null), or of a group that it belongs to. An empty payload: no wish. */
export interface DesiredMessage {
  readonly slot: string
  readonly group: string | null
  readonly payload: Uint8Array
}

/** `response/<verb>` of DESIGN section 8. */
export interface Response {
  readonly status: 'ok' | 'error'
  readonly data: unknown
  readonly error: { readonly code: string; readonly message: string } | null
  readonly transaction: string | null
}

/** The far side of the pipeline: durable first, then to the broker, at least once. Topics are those of DESIGN section 8. */
export interface Delivery {
  /** Full base of this agent: `<mqtt.base>/<agent>`. */
  readonly base: string
  readonly broker$: Observable<BrokerState>
  start(): void
  /** Resolves when the result is committed to the outbox: it is then accepted. Also feeds `instrument/<id>/last`. */
  deliver(result: Result): Promise<void>
  event(content: EventContent): Promise<void>
  /** Retained state at QoS 1 below the base; the newest value of each topic is published again after every connect. Not durable. */
  retain(topic: string, payload: unknown): void
  /** Everything that reaches `request/<verb>` and is not retained. The reply is published, and also sent to the response topic of MQTT 5. */
  onRequest(handler: (request: IncomingRequest) => Promise<Response>): void
  /** Every `desired` of this agent and its groups: the retained ones after each connect, and what is published since. */
  onDesired(handler: (message: DesiredMessage) => void): void
  /** Publishes `offline`, disconnects. The outbox stays for the next start. Under 1 s; may be called twice. */
  stop(): Promise<void>
}
