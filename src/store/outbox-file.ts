import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import type { NewRecord, OutboxLimits, OutboxRecord, OutboxStats } from './contract.js'
import { closeDatabase, inTransaction, openDatabase } from './database.js'

/**
 * A clock that reads less was never set (2024-01-01 UTC, in ms since 1970; boxes without a battery start in 1970), so nobody knows
 * how old a record stamped by it is: the age limit leaves it alone.
 */
const CLOCK_SET_SINCE_MS = 1_704_067_200_000

const LAYOUT = 1
const SCHEMA = `
  CREATE TABLE records (
    key INTEGER PRIMARY KEY, class TEXT NOT NULL, topic TEXT NOT NULL, payload TEXT NOT NULL, id TEXT NOT NULL,
    createdMs INTEGER NOT NULL, bytes INTEGER NOT NULL);
  CREATE INDEX events ON records (key) WHERE class = 'event';
  CREATE TABLE lastSeq (instrument TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE totals (
    one INTEGER PRIMARY KEY CHECK (one = 1), nextKey INTEGER NOT NULL, records INTEGER NOT NULL, bytes INTEGER NOT NULL,
    droppedEvents INTEGER NOT NULL, droppedResults INTEGER NOT NULL);
  INSERT INTO totals VALUES (1, 1, 0, 0, 0, 0)`

/** The durable queue. Every call is one transaction and may throw what SQLite throws; nothing has changed then. */
export interface OutboxFile {
  /**
   * Appends groups of records and deletes what the broker has acknowledged, then holds the limits.
   * @returns the keys of each group
   */
  commit(groups: readonly (readonly NewRecord[])[], acknowledged: Iterable<number>, nowMs: number): readonly (readonly number[])[]
  /** Up to `limit` records above `afterKey` in key order, without those in `except`. */
  read(afterKey: number, limit: number, except: ReadonlySet<number>): readonly OutboxRecord[]
  stats(): OutboxStats
  lastSeq(instrument: string): number | null
  /** Key of the next record. */
  readonly nextKey: number
  close(): void
  /** Lets go of a damaged file without touching it. */
  abandon(): void
}

interface Totals extends OutboxStats {
  readonly nextKey: number
}

/** What a dropped or acknowledged row took with it. */
interface Weight {
  readonly class: NewRecord['class']
  readonly bytes: number
}

/** @param firstKey no new record gets a lower key */
export const openOutboxFile = (file: string, limits: OutboxLimits, firstKey = 1): OutboxFile => {
  const database = openDatabase(file, SCHEMA, LAYOUT)
  const sql = prepare(database)
  let totals: Totals = sql.totals.get()
  totals = { ...totals, nextKey: Math.max(totals.nextKey, firstKey) }
  const commit: OutboxFile['commit'] = (groups, acknowledged, nowMs) => {
    let { nextKey, records, bytes, droppedEvents, droppedResults } = totals
    const newestSeq = new Map<string, number>()
    const add = (record: NewRecord): number => {
      const size = Buffer.byteLength(record.topic) + Buffer.byteLength(record.payload)
      sql.insert.run(nextKey, record.class, record.topic, record.payload, record.id, record.createdMs, size)
      records += 1
      bytes += size
      if (record.of) newestSeq.set(record.of.instrument, Math.max(record.of.seq, newestSeq.get(record.of.instrument) ?? 0))
      return nextKey++
    }
    const remove = (key: number): Weight | undefined => {
      const gone: Weight | undefined = sql.remove.get(key)
      if (gone) {
        records -= 1
        bytes -= gone.bytes
      }
      return gone
    }
    const drop = (key: number): void => {
      const lost = remove(key)?.class
      if (lost === 'event') droppedEvents += 1
      if (lost === 'result') droppedResults += 1
    }
    const tooOld = (oldest: Head | undefined): oldest is Head =>
      oldest !== undefined && oldest.createdMs >= CLOCK_SET_SINCE_MS && oldest.createdMs < nowMs - limits.maxAgeMs
    const keys = inTransaction(database, () => {
      for (const key of acknowledged) remove(key)
      const added = groups.map((group) => group.map(add))
      for (let oldest = sql.oldest(); tooOld(oldest); oldest = sql.oldest()) drop(oldest.key)
      while (records > limits.maxRecords || bytes > limits.maxBytes) {
        const victim = sql.oldestEvent() ?? sql.oldest()
        if (victim === undefined) break
        drop(victim.key)
      }
      for (const [instrument, seq] of newestSeq) sql.noteSeq.run(instrument, seq)
      sql.setTotals.run(nextKey, records, bytes, droppedEvents, droppedResults)
      return added
    })
    totals = { nextKey, records, bytes, droppedEvents, droppedResults }
    return keys
  }
  return {
    commit,
    read: (afterKey, limit, except) => {
      const rows: readonly OutboxRecord[] = sql.page.all(afterKey, limit + except.size)
      return rows.filter(({ key }) => !except.has(key)).slice(0, limit)
    },
    stats: () => {
      const { nextKey: _, ...stats } = totals
      return stats
    },
    lastSeq: (instrument) => sql.lastSeq.get(instrument)?.seq ?? null,
    get nextKey() {
      return totals.nextKey
    },
    close: () => closeDatabase(database),
    abandon: () => database.close(),
  }
}

interface Head {
  readonly key: number
  readonly createdMs: number
}

const prepare = (database: DatabaseSyncInstance) => {
  const oldest = database.prepare('SELECT key, createdMs FROM records ORDER BY key LIMIT 1')
  const oldestEvent = database.prepare("SELECT key, createdMs FROM records WHERE class = 'event' ORDER BY key LIMIT 1")
  return {
    insert: database.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)'),
    remove: database.prepare('DELETE FROM records WHERE key = ? RETURNING class, bytes'),
    oldest: (): Head | undefined => oldest.get(),
    oldestEvent: (): Head | undefined => oldestEvent.get(),
    page: database.prepare('SELECT key, class, topic, payload, id, createdMs FROM records WHERE key > ? ORDER BY key LIMIT ?'),
    noteSeq: database.prepare('INSERT INTO lastSeq VALUES (?, ?) ON CONFLICT (instrument) DO UPDATE SET seq = max(seq, excluded.seq)'),
    lastSeq: database.prepare('SELECT seq FROM lastSeq WHERE instrument = ?'),
    totals: database.prepare('SELECT nextKey, records, bytes, droppedEvents, droppedResults FROM totals'),
    setTotals: database.prepare('UPDATE totals SET nextKey = ?, records = ?, bytes = ?, droppedEvents = ?, droppedResults = ?'),
  }
}
