import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import type { Reference, ReferenceKind } from '../spectrum/reference.js'
import { closeDatabase, openDatabase } from './database.js'

/** References kept of each kind for each instrument. */
export const MAX_REFERENCES = 64
/** Transactions of requests that are remembered. */
export const MAX_TRANSACTIONS = 1024

const LAYOUT = 1
const SCHEMA = `
  CREATE TABLE seq (instrument TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE transactions (turn INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, reply TEXT NOT NULL);
  CREATE TABLE refs (
    turn INTEGER PRIMARY KEY, instrument TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE, axis TEXT NOT NULL,
    integrationUs REAL NOT NULL, gain REAL, binning REAL, averages INTEGER NOT NULL, temperatureC REAL, counts BLOB NOT NULL,
    darkId TEXT, darkCounts BLOB, density REAL NOT NULL, time TEXT NOT NULL, endMs REAL NOT NULL, boot TEXT NOT NULL,
    clockTrusted INTEGER NOT NULL);
  CREATE INDEX refsOfInstrument ON refs (instrument, kind, turn)`

/** What the agent must not forget. The changing calls belong into a transaction of `database`. */
export interface AgentFile {
  readonly database: DatabaseSyncInstance
  reserveSeq(instrument: string, count: number): number
  addReference(reference: Reference): void
  references(instrument: string): readonly Reference[]
  reply(transaction: string): string | null
  remember(transaction: string, reply: string): void
  fact(name: string): string | null
  setFact(name: string, value: string): void
  close(): void
}

export const openAgentFile = (file: string): AgentFile => {
  const database = openDatabase(file, SCHEMA, LAYOUT)
  const reserve = database.prepare(
    'INSERT INTO seq VALUES (?1, 1 + ?2) ON CONFLICT (instrument) DO UPDATE SET next = next + ?2 RETURNING next - ?2 AS first',
  )
  const addReference = database.prepare(`INSERT OR REPLACE INTO refs VALUES (NULL${', ?'.repeat(17)})`)
  const forgetReferences = database.prepare(
    'DELETE FROM refs WHERE turn IN (SELECT turn FROM refs WHERE instrument = ? AND kind = ? ORDER BY turn DESC LIMIT -1 OFFSET ?)',
  )
  const references = database.prepare('SELECT * FROM refs WHERE instrument = ? ORDER BY turn DESC')
  const reply = database.prepare('SELECT reply FROM transactions WHERE name = ?')
  const remember = database.prepare('INSERT OR REPLACE INTO transactions VALUES (NULL, ?, ?)')
  const forgetTransactions = database.prepare(
    'DELETE FROM transactions WHERE turn IN (SELECT turn FROM transactions ORDER BY turn DESC LIMIT -1 OFFSET ?)',
  )
  const fact = database.prepare('SELECT value FROM facts WHERE name = ?')
  const setFact = database.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?)')
  return {
    database,
    reserveSeq: (instrument, count) => reserve.get(instrument, count).first,
    addReference(r) {
      const dark = r.dark === null ? [null, null] : [r.dark.id, toBytes(r.dark.counts)]
      const settings = [r.axis, r.integrationUs, r.gain, r.binning, r.averages, r.temperatureC]
      const when = [r.density, r.time, r.endMs, r.boot, r.clockTrusted ? 1 : 0]
      addReference.run(r.instrument, r.kind, r.id, ...settings, toBytes(r.counts), ...dark, ...when)
      forgetReferences.run(r.instrument, r.kind, MAX_REFERENCES)
    },
    references: (instrument) => references.all(instrument).map(toReference),
    reply: (transaction) => reply.get(transaction)?.reply ?? null,
    remember(transaction, text) {
      remember.run(transaction, text)
      forgetTransactions.run(MAX_TRANSACTIONS)
    },
    fact: (name) => fact.get(name)?.value ?? null,
    setFact: (name, value) => {
      setFact.run(name, value)
    },
    close: () => closeDatabase(database),
  }
}

interface Row extends Omit<Reference, 'counts' | 'dark' | 'clockTrusted' | 'kind'> {
  readonly kind: ReferenceKind
  readonly counts: Uint8Array
  readonly darkId: string | null
  readonly darkCounts: Uint8Array | null
  readonly clockTrusted: number
}

const toReference = ({ counts, darkId, darkCounts, clockTrusted, ...rest }: Row): Reference => ({
  id: rest.id,
  kind: rest.kind,
  instrument: rest.instrument,
  axis: rest.axis,
  integrationUs: rest.integrationUs,
  gain: rest.gain,
  binning: rest.binning,
  averages: rest.averages,
  temperatureC: rest.temperatureC,
  counts: toCounts(counts),
  dark: darkId === null || darkCounts === null ? null : { id: darkId, counts: toCounts(darkCounts) },
  density: rest.density,
  time: rest.time,
  endMs: rest.endMs,
  boot: rest.boot,
  clockTrusted: clockTrusted === 1,
})

/** float64 little-endian on every machine, so that a state folder can move to another one. */
const toBytes = (counts: Float64Array): Uint8Array => {
  const bytes = new Uint8Array(counts.length * 8)
  const view = new DataView(bytes.buffer)
  counts.forEach((value, i) => {
    view.setFloat64(i * 8, value, true)
  })
  return bytes
}

const toCounts = (bytes: Uint8Array): Float64Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float64Array.from({ length: bytes.byteLength / 8 }, (_, i) => view.getFloat64(i * 8, true))
}
