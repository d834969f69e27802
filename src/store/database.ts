import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { Failure } from '../failures.js'

/** Milliseconds to wait for another connection (a backup that reads) before a file counts as busy. */
const BUSY_MS = 2000
/** Bytes up to which a file is checked whole at the start; the check reads all of it, and an SD card gives some 20 MB/s. */
const CHECK_BYTES = 16 * 1024 * 1024
/**
 * Result codes of SQLite (sqlite.org/rescode.html) that decide what happens next, with their fixed English texts (sqlite3_errstr): this
 * package reports the number for most calls and the text alone for some, such as `all`.
 */
const RESULTS = {
  busy: { code: 5, text: 'database is locked' },
  readOnly: { code: 8, text: 'attempt to write a readonly database' },
  corrupt: { code: 11, text: 'database disk image is malformed' },
  full: { code: 13, text: 'database or disk is full' },
  notADatabase: { code: 26, text: 'file is not a database' },
} as const

/**
 * Opens or makes a database file: WAL, and a commit returns only when the WAL is on the medium (synchronous=FULL).
 * @param version of the schema, kept as user_version
 * @throws the error of SQLite (see `isCorrupt`), or Failure STORE_FAILED for a file of a newer version
 */
export const openDatabase = (file: string, schema: string, version: number): DatabaseSyncInstance => {
  const database = new DatabaseSync(file, { timeout: BUSY_MS })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const found = pragma(database, 'user_version')
    if (found > version)
      throw new Failure('STORE_FAILED', {
        where: file,
        seen: `written by a newer version of the agent (layout ${found})`,
        allowed: `layout ${version}`,
        cure: 'run the newer version again, or restore a backup',
      })
    if (found < version) database.exec(`BEGIN IMMEDIATE; ${schema}; PRAGMA user_version = ${version}; COMMIT`)
    else if (pragma(database, 'page_count') * pragma(database, 'page_size') <= CHECK_BYTES) check(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Closes after moving the WAL into the file. Closing alone would leave that to the collection of the last prepared statement:
 * this package has no other way to finalize one, and SQLite keeps a connection half open as long as it has statements.
 */
export const closeDatabase = (database: DatabaseSyncInstance): void => {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // The WAL is valid as it is: the next start reads it.
  } finally {
    database.close()
  }
}

/** Runs `change` as one transaction: all of it is durable when this returns, none of it when this throws. */
export const inTransaction = <T>(database: DatabaseSyncInstance, change: () => T): T => {
  database.exec('BEGIN IMMEDIATE')
  try {
    const value = change()
    database.exec('COMMIT')
    return value
  } catch (error) {
    // SQLite has already rolled back by itself after some errors (sqlite.org/lang_transaction.html, section 3.1).
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** The content of the file makes no sense: no retry will help. */
export const isCorrupt = (error: unknown): boolean => {
  const result = resultOf(error)
  return result === 'corrupt' || result === 'notADatabase'
}

/** Another connection holds the file. */
export const isBusy = (error: unknown): boolean => resultOf(error) === 'busy'

/** Anything that went wrong with a file as Failure STORE_FAILED, with what helps. */
export const storeFailure = (error: unknown, file: string): Failure => {
  if (error instanceof Failure) return error
  const result = resultOf(error)
  const cure =
    result === 'full'
      ? 'make room on this disk'
      : result === 'readOnly'
        ? 'is the disk mounted read-only? look into the kernel log for errors of the medium'
        : result === 'busy'
          ? 'another program holds the file: end it'
          : 'is there room on the disk, and is the medium healthy (kernel log)?'
  return new Failure('STORE_FAILED', { where: file, seen: error instanceof Error ? error.message : String(error), cure, cause: error })
}

class Corrupt extends Error {
  readonly errcode = RESULTS.corrupt.code
}

const check = (database: DatabaseSyncInstance): void => {
  const found: unknown = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0]
  if (found !== 'ok') throw new Corrupt(String(found))
}

const pragma = (database: DatabaseSyncInstance, name: string): number => Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])

const resultOf = (error: unknown): keyof typeof RESULTS | null => {
  if (!(error instanceof Error)) return null
  const number = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : null
  for (const name of ['busy', 'readOnly', 'corrupt', 'full', 'notADatabase'] as const)
    if (number === RESULTS[name].code || (number === null && error.message.includes(RESULTS[name].text))) return name
  return null
}
