import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { Failure, isFailure } from '../failures.js'
import { isCorrupt, storeFailure } from './database.js'
import { AGENT_FILE, LOCK_FILE, lockFolder, OUTBOX_FILE } from './folder.js'

/** What a state folder looks like to a passer-by. */
export interface Inspection {
  /** An agent uses it now; its files were then left alone. */
  readonly held: boolean
  readonly files: readonly { readonly file: string; readonly bytes: number; readonly failure: Failure | null }[]
}

/** Bytes up to which a file is read whole; an SD card gives some 20 MB/s. A larger one is only opened. */
const MAX_READ_BYTES = 16 * 1024 * 1024

/**
 * Looks at a state folder as the agent would find it; makes nothing and changes no record. The lock is taken for the moments of the look, and
 * not at all while an agent has it.
 * @throws Failure STORE_FAILED where not even the lock can be read.
 */
export const inspectFolder = (directory: string): Inspection => {
  if (!existsSync(join(directory, LOCK_FILE))) return { held: false, files: [] }
  try {
    const release = lockFolder(directory)
    try {
      const files = [OUTBOX_FILE, AGENT_FILE].map((name) => join(directory, name)).filter((file) => existsSync(file))
      return { held: false, files: files.map((file) => ({ file, bytes: statSync(file).size, failure: checked(file) })) }
    } finally {
      release()
    }
  } catch (error) {
    if (isFailure(error, 'STATE_HELD')) return { held: true, files: [] }
    throw error
  }
}

/** The version of the library, from the library itself: it works on this machine. @throws Failure STORE_FAILED */
export const sqliteVersion = (): string => {
  const database = new DatabaseSync(':memory:')
  try {
    return String(Object.values(database.prepare('SELECT sqlite_version()').get() ?? {})[0])
  } catch (error) {
    throw storeFailure(error, 'SQLite')
  } finally {
    database.close()
  }
}

const checked = (file: string): Failure | null => {
  try {
    const database = new DatabaseSync(file, { timeout: 0 })
    try {
      const thorough = statSync(file).size <= MAX_READ_BYTES
      const found: unknown = Object.values(database.prepare(thorough ? 'PRAGMA quick_check(1)' : 'PRAGMA user_version').get() ?? {})[0]
      return !thorough || found === 'ok' ? null : damaged(file, String(found))
    } finally {
      database.close()
    }
  } catch (error) {
    return isCorrupt(error) ? damaged(file, error instanceof Error ? error.message : String(error), error) : storeFailure(error, file)
  }
}

const damaged = (file: string, seen: string, cause?: unknown): Failure =>
  new Failure('STORE_FAILED', {
    where: file,
    seen: `damaged: ${seen}`,
    cure: file.endsWith(OUTBOX_FILE)
      ? 'start the agent: it sets the file aside and makes a new one; what was not delivered stays in the old one'
      : 'restore a backup; or move the file away: references must then be measured again and seq starts at 1',
    cause,
  })
