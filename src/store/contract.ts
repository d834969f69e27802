import type { Reference } from '../spectrum/reference.js'

/** Results outlive events when the outbox is full. */
export type RecordClass = 'result' | 'event'

export interface NewRecord {
  readonly class: RecordClass
  /** Full topic, ready to publish at QoS 1, not retained. */
  readonly topic: string
  readonly payload: string
  /** ULID of the message: the subscriber's key against doubles. */
  readonly id: string
  /** Wall time of creation in ms since 1970, for the age limit. */
  readonly createdMs: number
  /** For a result: whose it is and its number, from which `lastSeq` is kept. */
  readonly of?: { readonly instrument: string; readonly seq: number }
}

/** `key` rises by insertion and is never used twice. */
export interface OutboxRecord extends NewRecord {
  readonly key: number
}

export interface OutboxLimits {
  readonly maxBytes: number
  readonly maxRecords: number
  readonly maxAgeMs: number
}

export interface OutboxStats {
  readonly records: number
  readonly bytes: number
  /** Thrown away by the limits since the store was made, by class. */
  readonly droppedEvents: number
  readonly droppedResults: number
}

/**
 * Everything that must survive a restart: SQLite in a worker thread, WAL, synchronous=FULL. Every promise resolves only when
 * the commit has returned. Calls made while a commit runs go together into the next one (group commit).
 * Rejections are Failure STORE_FAILED.
 */
export interface Store {
  /** Durable when resolved; resolves to the key of each record, in order. */
  append(records: readonly NewRecord[]): Promise<readonly number[]>
  /** Up to `limit` records with a key above `afterKey`, in key order. */
  read(afterKey: number, limit: number): Promise<readonly OutboxRecord[]>
  /** Acknowledged by the broker: deleted with the next commit, or after 1 s. */
  acknowledge(key: number): void
  stats(): Promise<OutboxStats>
  /** Reserves `count` numbers for an instrument, never given before; resolves to the first of them (1 for a new instrument). */
  reserveSeq(instrument: string, count: number): Promise<number>
  /** The highest number that an appended result of this instrument carried, noted in the same commit; null if there was none. */
  lastSeq(instrument: string): Promise<number | null>
  addReference(reference: Reference): Promise<void>
  /** The newest references of an instrument, newest first, at most 64 of each kind. */
  references(instrument: string): Promise<readonly Reference[]>
  /** The reply to a transaction that was run before, or null. The last 1,024 are remembered. */
  reply(transaction: string): Promise<string | null>
  remember(transaction: string, reply: string): Promise<void>
  /** Small facts by name (clock floor, clean shutdown marks, smoke verdict of the engine). */
  fact(name: string): Promise<string | null>
  setFact(name: string, value: string): Promise<void>
  /** Commits what waits, releases the lock. May be called twice. */
  close(): Promise<void>
}
