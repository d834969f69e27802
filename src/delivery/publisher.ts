import type { Clock } from '../spectrum/clock.js'
import type { OutboxRecord, Store } from '../store/contract.js'
import { isOfOneMessage } from './broker-failure.js'
import { jsonMessage, type Lane, type Refusal, type Sendable } from './message.js'

/** Records in one read of the backlog. */
export const PAGE_RECORDS = 128
/** Records in memory that wait for the window; more of them stay in the store until there is room. */
export const MAX_QUEUED = 512
/** Records that the broker refused one by one and that rest; one more and the publisher rests as a whole. */
export const MAX_RESTING = 1000
/** Milliseconds until refused records are sent again. */
export const REFUSED_RETRY_MS = 60_000
/** Milliseconds of rest where the broker refuses whatever comes (quota). */
export const REST_MS = 5000
/** Milliseconds until a failed read of the store is tried again. */
const STORE_RETRY_MS = 1000

export interface PublisherOptions {
  readonly store: Pick<Store, 'read' | 'acknowledge'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** There may be something to send. */
  readonly pump: () => void
  readonly refused: (refusal: Refusal, topic: string) => void
}

/** From the outbox to the broker in the order of keys. A record leaves the outbox on PUBACK alone. */
export interface Publisher extends Lane {
  /** Just committed: sent from memory where everything before is sent too, else found in the store in its turn. */
  committed(records: readonly OutboxRecord[]): void
  /** Nothing new is given away from now on. */
  close(): void
  readonly acknowledged: number
}

export const createPublisher = ({ store, clock, signal, pump, refused }: PublisherOptions): Publisher => {
  /** What waits for the window, in key order. */
  let queue: OutboxRecord[] = []
  /** Sent and not settled, and refused one by one: a read that starts again from the front passes over both. */
  const inFlight = new Set<number>()
  const resting = new Set<number>()
  /** Everything up to here was in `queue` once. */
  let cursor = 0
  /** The store held nothing above `cursor` when last looked at, and nothing was committed that did not get into `queue`. */
  let caughtUp = false
  let newestKey = 0
  let loading = false
  let open = false
  let paused = false
  /** Rises when a read that is under way no longer counts. */
  let epoch = 0
  let acknowledged = 0

  const fromTheFront = (): void => {
    epoch += 1
    queue = []
    cursor = 0
    caughtUp = false
    void load()
  }
  const load = async (): Promise<void> => {
    if (loading || caughtUp || !open || queue.length > PAGE_RECORDS / 2) return
    loading = true
    const asked = epoch
    const newestBefore = newestKey
    const page = await store.read(cursor, PAGE_RECORDS).catch(() => null)
    loading = false
    if (asked !== epoch) return load()
    if (page === null) return retryLoad()
    const last = page.at(-1)
    queue.push(...page.filter(({ key }) => !inFlight.has(key) && !resting.has(key)))
    // An empty page: whatever was committed before it was asked for, and is not there, was dropped by the limits.
    cursor = Math.max(cursor, last?.key ?? newestBefore)
    caughtUp = last === undefined && newestKey <= cursor
    pump()
    return load()
  }
  const retryLoad = async (): Promise<void> => {
    if (await slept(STORE_RETRY_MS)) await load()
  }
  const slept = async (ms: number): Promise<boolean> =>
    clock.sleep(ms, signal).then(
      () => true,
      () => false,
    )
  /** All that was refused is sent again, in the order of keys, unless a new connection has seen to that already. */
  const again = async (ms: number, then: () => void): Promise<void> => {
    const session = sessions
    if (!(await slept(ms)) || session !== sessions) return
    then()
    fromTheFront()
  }
  let sessions = 0

  const refuse = ({ key, topic }: OutboxRecord, refusal: Refusal): void => {
    refused(refusal, topic)
    if (isOfOneMessage(refusal.reason) && resting.size < MAX_RESTING) {
      resting.add(key)
      if (resting.size === 1) void again(REFUSED_RETRY_MS, () => resting.clear())
      return
    }
    if (paused) return
    paused = true
    void again(REST_MS, () => {
      paused = false
    })
  }
  const sendable = (record: OutboxRecord): Sendable => ({
    message: {
      ...jsonMessage(record.topic, record.payload, false),
      userProperties: { schema: `${record.class}/1`, messageId: record.id },
    },
    settled(refusal) {
      inFlight.delete(record.key)
      if (refusal !== null) return refuse(record, refusal)
      acknowledged += 1
      store.acknowledge(record.key)
    },
  })
  return {
    committed(records) {
      for (const record of records) {
        newestKey = Math.max(newestKey, record.key)
        if (record.key <= cursor) continue
        if (open && caughtUp && record.key === cursor + 1 && queue.length < MAX_QUEUED) {
          queue.push(record)
          cursor = record.key
        } else caughtUp = false
      }
      pump()
      void load()
    },
    next() {
      if (!open || paused) return null
      const record = queue.shift()
      if (queue.length <= PAGE_RECORDS / 2) void load()
      if (record === undefined) return null
      inFlight.add(record.key)
      return sendable(record)
    },
    reset() {
      sessions += 1
      open = true
      paused = false
      inFlight.clear()
      resting.clear()
      fromTheFront()
    },
    close() {
      open = false
    },
    get acknowledged() {
      return acknowledged
    },
  }
}
