import { Failure } from '../failures.js'
import type { NewRecord, Store } from './contract.js'
import { type Answer, type Call, type NumberedCall, revived, type ToWorker, type Values } from './protocol.js'

/** Bytes of topic and payload of one record: many times a result, far below any limit of the outbox. */
export const MAX_RECORD_BYTES = 256 * 1024
/** Calls that wait for the worker; a caller beyond that is told to come again. */
export const MAX_WAITING_CALLS = 16_384

/** The asking half of the store: numbers calls, gathers them into messages and hands each answer to its caller. */
export interface Client {
  readonly calls: Omit<Store, 'close'>
  answered(answers: readonly Answer[]): void
  /** Posts what waits together with the wish to close; calls after that are refused. */
  close(): void
  /** The other half is gone: whoever waits is told, and whoever comes. The first failure counts. */
  end(failure: Failure): void
}

export const createClient = (where: string, send: (message: ToWorker) => void): Client => {
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let calls: NumberedCall[] = []
  let acknowledged: number[] = []
  let posting = false
  let over: Failure | null = null

  const post = (close: boolean): void => {
    posting = false
    const message: ToWorker = { calls, acknowledged, close }
    calls = []
    acknowledged = []
    send(message)
  }
  /** Everything that is asked before control returns to the event loop goes in one message. */
  const postSoon = (): void => {
    if (posting) return
    posting = true
    queueMicrotask(() => {
      if (posting) post(false)
    })
  }
  const ask = <Op extends Call['op']>(call: Extract<Call, { op: Op }>): Promise<Values[Op]> =>
    new Promise((resolve, reject) => {
      if (over !== null) return reject(over)
      if (waiting.size >= MAX_WAITING_CALLS)
        return reject(new Failure('STORE_FAILED', { where, seen: `${waiting.size} calls wait`, cure: 'the medium is too slow: come again' }))
      lastId += 1
      waiting.set(lastId, { resolve, reject })
      calls.push({ id: lastId, call })
      postSoon()
    })
  return {
    calls: {
      append: async (records) => {
        records.forEach(checkSize)
        return records.length === 0 ? [] : ask({ op: 'append', records })
      },
      read: (afterKey, limit) => ask({ op: 'read', afterKey, limit }),
      acknowledge(key) {
        if (over !== null) return
        acknowledged.push(key)
        postSoon()
      },
      stats: () => ask({ op: 'stats' }),
      reserveSeq: (instrument, count) => ask({ op: 'reserveSeq', instrument, count }),
      lastSeq: (instrument) => ask({ op: 'lastSeq', instrument }),
      addReference: async (reference) => void (await ask({ op: 'addReference', reference })),
      references: (instrument) => ask({ op: 'references', instrument }),
      reply: (transaction) => ask({ op: 'reply', transaction }),
      remember: async (transaction, reply) => void (await ask({ op: 'remember', transaction, reply })),
      fact: (name) => ask({ op: 'fact', name }),
      setFact: async (name, value) => void (await ask({ op: 'setFact', name, value })),
    },
    answered(answers) {
      for (const { id, value, failure } of answers) {
        const caller = waiting.get(id)
        waiting.delete(id)
        if (failure === null) caller?.resolve(value)
        else caller?.reject(revived(failure))
      }
    },
    close() {
      if (over !== null) return
      post(true)
      over = new Failure('STORE_FAILED', { where, seen: 'the store is closed' })
    },
    end(failure) {
      over ??= failure
      for (const { reject } of waiting.values()) reject(failure)
      waiting.clear()
    },
  }
}

/** A caller that waits. `resolve` takes what the worker answers by the table `Values` for the call of the same number. */
interface Waiting {
  resolve(value: unknown): void
  reject(failure: Failure): void
}

const checkSize = ({ topic, payload }: NewRecord): void => {
  const bytes = Buffer.byteLength(topic) + Buffer.byteLength(payload)
  if (bytes > MAX_RECORD_BYTES)
    throw new Failure('DATA_INVALID', { where: topic, seen: `a message of ${bytes} bytes`, allowed: `${MAX_RECORD_BYTES} bytes` })
}
