import { Failure, isFailure } from '../../src/failures.js'
import type { DriverContext } from '../../src/instruments/contract.js'
import type { Reply, Request } from './codec.js'
import type { Conversation } from './conversation.js'
import { type SensorState, sameConfig, sameState } from './sensor-settings.js'

/** Milliseconds for the reply to a command other than a capture. */
const REPLY_MS = 1000
/**
 * The first command after connecting may time out, says the maker: so many tries may be silent, and as many
 * spoilt by what came late, each with a drained line before it.
 */
const PROBE_TRIES = 3
/** Only values within the limits are sent, so one "error" may be a slip of the instrument; two are a refusal. */
const SET_TRIES = 2
/** Milliseconds of silence that must follow the first reply: exactly four bytes. */
const GUARD_MS = 5

/** The settings of the instrument, asked for and sent. Every call rejects with the failures of `Conversation.ask`. */
export interface Sensor {
  /** Drains, then asks until the replies are exactly what they must be. @throws Failure NO_ANSWER after the last try. */
  probe(signal?: AbortSignal): Promise<SensorState>
  read(signal?: AbortSignal): Promise<SensorState>
  /** Sends what differs, everything where nothing is known. @throws Failure SETTING_REFUSED when the instrument says no. */
  send(from: SensorState | null, to: SensorState, signal?: AbortSignal): Promise<void>
  /** Sends what differs; returns what the instrument then says it has. */
  bring(from: SensorState, to: SensorState, signal?: AbortSignal): Promise<SensorState>
  /** Hash of the sensor board's firmware, six hex digits; null where it does not answer. */
  hash(): Promise<string | null>
  /** A whole reply that is not one to this question: counted, and as a failure. */
  unexpected(request: Request, reply: Reply, bytes: number): Failure
}

export const createSensor = (talk: Conversation, where: string, { badFrame }: DriverContext): Sensor => {
  const unexpected = (request: Request, reply: Reply, bytes: number): Failure => {
    badFrame('implausible', bytes)
    return new Failure('BAD_FRAME', { where, seen: `${told(reply)} in reply to ${request.kind}` })
  }
  const ask = async <Kind extends Reply['kind']>(request: Request, kind: Kind, signal?: AbortSignal): Promise<Extract<Reply, { kind: Kind }>> => {
    const { reply, bytes } = await talk.ask(request, REPLY_MS, signal)
    if (!isKind(reply, kind)) throw unexpected(request, reply, bytes)
    return reply
  }
  const config = async (signal: AbortSignal | undefined) => {
    const { binning, gain, rows } = await ask({ kind: 'get-config' }, 'config', signal)
    return { binning, gain, rows }
  }
  const read = async (signal?: AbortSignal): Promise<SensorState> => {
    const { cycles } = await ask({ kind: 'get-exposure' }, 'exposure', signal)
    return { cycles, ...(await config(signal)) }
  }
  const set = async (request: Request, signal?: AbortSignal): Promise<void> => {
    for (let tries = 1; tries <= SET_TRIES; tries++) {
      const { reply } = await talk.ask(request, REPLY_MS, signal)
      if (reply.kind === 'done') return
    }
    throw new Failure('SETTING_REFUSED', { where, seen: `the status "error" in reply to ${request.kind}, twice` })
  }
  const send = async (from: SensorState | null, to: SensorState, signal?: AbortSignal): Promise<void> => {
    const { binning, gain, rows, cycles } = to
    if (!from || !sameConfig(from, to)) await set({ kind: 'set-config', binning, gain, rows }, signal)
    if (from?.cycles !== cycles) await set({ kind: 'set-exposure', cycles }, signal)
  }
  const probeOnce = async (signal: AbortSignal | undefined): Promise<SensorState> => {
    await talk.settle(signal)
    const { cycles } = await ask({ kind: 'get-exposure' }, 'exposure', signal)
    if (!(await talk.staysQuiet(GUARD_MS, signal))) throw new Failure('BAD_FRAME', { where, seen: 'bytes behind the reply to the first command' })
    return { cycles, ...(await config(signal)) }
  }
  return {
    read,
    send,
    unexpected,
    async probe(signal) {
      for (let silent = 0, garbled = 0; ; ) {
        try {
          return await probeOnce(signal)
        } catch (error) {
          if (isFailure(error, 'DEADLINE')) silent += 1
          else if (isFailure(error, 'BAD_FRAME')) garbled += 1
          else throw error
          if (garbled === PROBE_TRIES) throw error
          if (silent < PROBE_TRIES) continue
          throw new Failure('NO_ANSWER', { where, seen: `${silent} commands without a reply`, cure: 'unplug it and plug it in again', cause: error })
        }
      }
    },
    async bring(from, to, signal) {
      await send(from, to, signal)
      return sameState(from, to) ? from : read(signal)
    },
    async hash() {
      try {
        const { reply } = await talk.ask({ kind: 'get-hash' }, REPLY_MS)
        return reply.kind === 'hash' ? reply.hash : null
      } catch (error) {
        // A valid fallback: the instrument works without it, and the next call drains first.
        if (isFailure(error, 'BAD_FRAME', 'DEADLINE')) return null
        throw error
      }
    },
  }
}

const isKind = <Kind extends Reply['kind']>(reply: Reply, kind: Kind): reply is Extract<Reply, { kind: Kind }> => reply.kind === kind

const told = (reply: Reply): string => (reply.kind === 'error' ? `the status "error" of the ${reply.from}` : `a reply of the kind ${reply.kind}`)
