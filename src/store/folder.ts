import { accessSync, closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { Failure } from '../failures.js'
import { isBusy, storeFailure } from './database.js'

export const OUTBOX_FILE = 'outbox.db'
export const AGENT_FILE = 'agent.db'
export const LOCK_FILE = 'lock'

/**
 * Makes the state folder and sees to it that everything in it can be written.
 * @throws Failure STATE_DENIED (permission) or STORE_FAILED (anything else)
 */
export const prepareFolder = (directory: string): void => {
  try {
    for (const missing of missingFolders(resolve(directory))) {
      mkdirSync(missing, { mode: 0o750 })
      syncFolder(dirname(missing))
    }
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
    for (const file of [OUTBOX_FILE, AGENT_FILE, LOCK_FILE]
      .flatMap((name) => [name, `${name}-wal`, `${name}-shm`])
      .map((name) => join(directory, name)))
      if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw folderFailure(error, directory)
  }
}

/**
 * Takes the state folder for this process: an exclusive transaction on an empty database. The kernel releases it however
 * the process ends, kill -9 included, so a stale lock cannot exist.
 * @returns releases it
 * @throws Failure STATE_HELD when another agent has it
 */
export const lockFolder = (directory: string): (() => void) => {
  const file = join(directory, LOCK_FILE)
  try {
    const database = new DatabaseSync(file, { timeout: 0 })
    try {
      // Nothing is ever written, so no journal is needed beside the lock.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      return () => database.close()
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    if (!isBusy(error)) throw storeFailure(error, file)
    throw new Failure('STATE_HELD', {
      where: directory,
      seen: `${LOCK_FILE} is locked`,
      cure: `stop the other agent ("fuser ${file}" names its process), or give this one its own state.directory`,
    })
  }
}

/** Outermost first. One by one, because Node's own recursive mkdir never returns where a file system refuses with ENOENT (/proc). */
const missingFolders = (directory: string): readonly string[] =>
  existsSync(directory) || dirname(directory) === directory ? [] : [...missingFolders(dirname(directory)), directory]

const syncFolder = (directory: string): void => {
  const handle = openSync(directory, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

const folderFailure = (error: unknown, directory: string): Failure => {
  const { code, path } = Object.assign({ code: '', path: '' }, error)
  const denied = code === 'EACCES' || code === 'EPERM'
  return new Failure(denied ? 'STATE_DENIED' : 'STORE_FAILED', {
    where: path || directory,
    seen: error instanceof Error ? error.message : String(error),
    cure: denied
      ? `give the folder and all in it to the user of the agent (chown -R USER ${directory}), or set state.directory to a folder of that user`
      : 'set state.directory to a folder on a disk that can be written',
    cause: error,
  })
}
