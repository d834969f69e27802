import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { OutboxLimits } from './contract.js'
import { isCorrupt, storeFailure } from './database.js'
import { OUTBOX_FILE } from './folder.js'
import { type OutboxFile, openOutboxFile } from './outbox-file.js'

/** Corrupt outboxes that are kept for a look; older ones are removed, so that a dying medium does not fill itself up. */
const MAX_SET_ASIDE = 3

/** The outbox file, made anew when the old one is damaged: old records then wait for a person, new ones go on. */
export interface Outbox {
  /** Path of the last file that was set aside since the start; null if there was none. */
  readonly setAside: string | null
  /** Runs `work`; on a corrupt file sets it aside and runs `work` once more on a new one. */
  use<T>(work: (file: OutboxFile) => T): T
  close(): void
}

/** @throws Failure STORE_FAILED */
export const openOutbox = (directory: string, limits: OutboxLimits, nowMs: () => number): Outbox => {
  const path = join(directory, OUTBOX_FILE)
  let setAside: string | null = null
  let file: OutboxFile | null = null
  const use = <T>(work: (file: OutboxFile) => T): T => {
    try {
      file ??= openOutboxFile(path, limits)
      return work(file)
    } catch (error) {
      if (!isCorrupt(error)) throw storeFailure(error, path)
      // Keys go on rising: a late acknowledgement of a record in the old file must not delete one in the new file.
      const nextKey = file?.nextKey ?? 1
      file?.abandon()
      file = null
      setAside = moveAside(directory, nowMs())
      try {
        file = openOutboxFile(path, limits, nextKey)
        return work(file)
      } catch (second) {
        throw storeFailure(second, path)
      }
    }
  }
  use((opened) => opened.stats())
  return {
    get setAside() {
      return setAside
    },
    use,
    close: () => file?.close(),
  }
}

/** Renames the damaged file, with its time in the name, and returns its new path. */
const moveAside = (directory: string, nowMs: number): string => {
  const stamp = new Date(nowMs).toISOString().replace(/[-:.]/g, '')
  const name = `${OUTBOX_FILE}.corrupt-${stamp}`
  // The WAL holds the newest records: it goes along for whoever tries to save them.
  for (const suffix of ['', '-wal']) {
    try {
      renameSync(join(directory, OUTBOX_FILE + suffix), join(directory, name + suffix))
    } catch (error) {
      if (suffix === '') throw storeFailure(error, join(directory, OUTBOX_FILE))
    }
  }
  rmSync(join(directory, `${OUTBOX_FILE}-shm`), { force: true })
  const kept = readdirSync(directory).filter((entry) => entry.startsWith(`${OUTBOX_FILE}.corrupt-`) && !entry.endsWith('-wal'))
  for (const old of kept.sort().slice(0, -MAX_SET_ASIDE)) for (const suffix of ['', '-wal']) rmSync(join(directory, old + suffix), { force: true })
  return join(directory, name)
}
