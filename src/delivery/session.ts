import { connect, type IClientOptions, type MqttClient, UniqueMessageIdProvider } from 'mqtt'
import { Failure } from '../failures.js'
import { brokerFailure, reasonFailure } from './broker-failure.js'
import type { Credentials } from './credentials.js'
import type { Message, Refusal } from './message.js'

/** Milliseconds from the first packet to CONNACK. */
export const CONNECT_MS = 10_000
/** Bytes of the largest packet that a broker of MQTT 5 may send us. */
const MAX_INCOMING_BYTES = 1024 * 1024
/** Requests that a broker of MQTT 5 may send before we acknowledge. */
const RECEIVE_MAXIMUM = 16
/** Bytes by which a packet is larger than topic and payload: header, packet id, our properties. */
const PACKET_OVERHEAD_BYTES = 512
/** Reason codes (MQTT 5, section 2.4). */
const UNSUPPORTED_VERSION = { 4: 1, 5: 132 } as const
const NOT_AUTHORIZED = 135
const PACKET_TOO_LARGE = 149

export type ProtocolVersion = 4 | 5

export interface SessionOptions {
  readonly url: string
  readonly version: ProtocolVersion
  readonly clientId: string
  readonly keepaliveS: number
  readonly credentials: Credentials
  readonly will: Message
  readonly subscribe: readonly string[]
  readonly onMessage: (message: Incoming) => void
  /** For each filter that the broker refuses. */
  readonly onSubscribeRefused: (refusal: Refusal, filter: string) => void
}

export interface Incoming {
  readonly topic: string
  readonly payload: Buffer
  readonly retained: boolean
  readonly responseTopic: string | null
  readonly correlationData: Buffer | null
}

/** One connection, from CONNACK to its loss. It never comes back: the next one is another session. */
export interface Session {
  readonly version: ProtocolVersion
  /** Messages that the broker takes before it acknowledges. */
  readonly receiveMaximum: number
  readonly lost: Promise<Failure>
  /** `settled` may never be called when the connection is lost. */
  publish(message: Message, settled: (refusal: Refusal | null) => void): void
  /** With a DISCONNECT, so that the will is not published. */
  leave(): void
  /** Without one, so that it is. */
  drop(why: Failure): void
}

export type Attempt =
  | { readonly kind: 'open'; readonly session: Session }
  /** `version`: whether it is worth trying the older one: `refused` the broker said so, `unclear` it hung up without a word. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly version: 'refused' | 'unclear' | 'accepted' }

/** One attempt with a fresh client: mqtt.js neither reconnects nor keeps messages here. Never rejects. */
export const openSession = (options: SessionOptions, signal: AbortSignal): Promise<Attempt> =>
  new Promise((resolve) => {
    const { url, version } = options
    const client = dial(options)
    if (client instanceof Failure) return resolve({ kind: 'failed', failure: client, version: 'accepted' })
    let why: Failure | null = null
    let refusedVersion = false
    // `end` alone waits for the far end where a goodbye is under way already.
    const abort = () => client.end(true).stream.destroy()
    signal.addEventListener('abort', abort, { once: true })
    client.on('error', (error) => {
      if ('code' in error && (error.code === UNSUPPORTED_VERSION[4] || error.code === UNSUPPORTED_VERSION[5])) refusedVersion = true
      why ??= brokerFailure(error, url)
    })
    client.on('disconnect', ({ reasonCode }) => {
      why ??= reasonFailure(reasonCode ?? 0, url)
    })
    const lost = new Promise<Failure>((tell) => {
      client.once('close', () => {
        signal.removeEventListener('abort', abort)
        client.end(true)
        const unclear = isUnclear(why)
        const failure = why ?? brokerFailure(new Error('the broker closed the connection'), url)
        resolve({ kind: 'failed', failure, version: refusedVersion ? 'refused' : unclear ? 'unclear' : 'accepted' })
        tell(failure)
      })
    })
    const drop = (failure: Failure) => {
      why ??= failure
      abort()
    }
    client.on('message', (topic, payload, { retain, properties }) => {
      const correlationData = properties?.correlationData?.length ? properties.correlationData : null
      options.onMessage({ topic, payload, retained: retain, responseTopic: properties?.responseTopic ?? null, correlationData })
    })
    client.once('connect', ({ properties }) => {
      client.subscribe([...options.subscribe], { qos: 1, ...(version === 5 ? { rap: true } : {}) }, (_error, _granted, suback) => {
        // Results still go their way where the broker lets this client publish only.
        for (const [i, code] of suback?.granted.entries() ?? [])
          if (typeof code === 'number' && code >= 0x80)
            options.onSubscribeRefused({ reason: code === 0x80 ? NOT_AUTHORIZED : code }, options.subscribe[i] ?? '')
      })
      const maximumBytes = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY
      const session: Session = {
        version,
        receiveMaximum: properties?.receiveMaximum ?? 65_535,
        lost,
        publish: (message, settled) => publish(client, message, version, maximumBytes, settled),
        leave: () => client.end(false),
        drop,
      }
      resolve({ kind: 'open', session })
    })
    if (signal.aborted) abort()
  })

/** A client that dials; a Failure where key or certificate cannot be used at all. */
const dial = (options: SessionOptions): MqttClient | Failure => {
  try {
    return connect(clientOptions(options))
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error)
    return new Failure('CONFIG_INVALID', { where: 'mqtt.tls', seen, allowed: 'PEM files, the key that of the certificate', cause: error })
  }
}

const publish = (
  client: MqttClient,
  message: Message,
  version: ProtocolVersion,
  maximumBytes: number,
  settled: (refusal: Refusal | null) => void,
): void => {
  const { topic, payload, retain, contentType, userProperties, correlationData } = message
  // A larger packet would cost the connection, again and again (MQTT 5, section 3.2.2.3.6).
  if (topic.length + Buffer.byteLength(payload) + PACKET_OVERHEAD_BYTES > maximumBytes) {
    queueMicrotask(() => settled({ reason: PACKET_TOO_LARGE }))
    return
  }
  const properties = {
    payloadFormatIndicator: true,
    contentType,
    // mqtt-packet 9 writes nothing at all, and says nothing, for a packet with an empty set of them.
    ...(Object.keys(userProperties).length === 0 ? {} : { userProperties: { ...userProperties } }),
    ...(correlationData === null ? {} : { correlationData }),
  }
  client.publish(topic, payload, { qos: 1, retain, ...(version === 5 ? { properties } : {}) }, (error) => {
    if (!error) return settled(null)
    // Without a reason code the connection is gone: the message is neither taken nor refused.
    if ('code' in error && typeof error.code === 'number' && error.code >= 0x80) settled({ reason: error.code })
  })
}

const clientOptions = ({ url, version, clientId, keepaliveS, credentials, will }: SessionOptions): IClientOptions => {
  const { protocol, hostname, port, pathname, search } = new URL(url)
  const scheme = protocol === 'mqtts:' ? 'mqtts' : protocol === 'ws:' ? 'ws' : protocol === 'wss:' ? 'wss' : 'mqtt'
  return {
    protocol: scheme,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: Number(port) }),
    ...(scheme === 'ws' || scheme === 'wss' ? { path: `${pathname}${search}` } : {}),
    ...credentials,
    rejectUnauthorized: true,
    protocolVersion: version,
    clientId,
    clean: true,
    keepalive: keepaliveS,
    connectTimeout: CONNECT_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // The default provider gives an id again after 65,535 others, even while a message that has it is unacknowledged.
    messageIdProvider: new UniqueMessageIdProvider(),
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: will.retain },
    ...(version === 5 ? { properties: { sessionExpiryInterval: 0, receiveMaximum: RECEIVE_MAXIMUM, maximumPacketSize: MAX_INCOMING_BYTES } } : {}),
  }
}

/** The connection ended without anybody saying why: by a reset, by something that is not MQTT, or in silence. */
const isUnclear = (why: Failure | null): boolean => {
  if (!(why?.cause instanceof Error)) return why === null
  return !('code' in why.cause) || why.cause.code === 'ECONNRESET' || why.cause.code === 'EPIPE'
}
