import { randomFillSync } from 'node:crypto'
import { existsSync, rmSync, statfsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../failures.js'

export const RESERVE_FILE = 'reserve'
/** Bytes: as much as SQLite writes to a WAL before it writes back (1000 pages of 4 KiB), and room for the files beside it and some thousand results. */
export const RESERVE_BYTES = 6 * 1024 * 1024
/** Free bytes under which a disk counts as full: one commit of a group may take as much. */
const FULL_BYTES = 64 * 1024
/** The reserve is made only where it fits so many times: it must not be what fills the disk. */
const FITS_TIMES = 4
const CHUNK_BYTES = 256 * 1024

/**
 * Room on the disk that the agent holds for itself. Somebody else's log may fill a disk; SQLite then cannot even open its files, and an agent that
 * is started again would answer nothing. Given back, it is enough to open them and to go on, as acknowledged records leave room for new ones.
 */
export interface Reserve {
  /** Gives the room back where the disk is full. False: it is not, or there was none. */
  spend(): boolean
  /** Makes it where there is none and the disk has room to spare. */
  keep(): Promise<void>
  /** What is being made is given up. */
  stop(): void
}

export const reserveIn = (directory: string): Reserve => {
  const file = join(directory, RESERVE_FILE)
  const halt = new AbortController()
  return {
    spend() {
      if (!existsSync(file) || freeBytes(directory) >= FULL_BYTES) return false
      rmSync(file)
      return true
    },
    async keep() {
      if (existsSync(file) || freeBytes(directory) < FITS_TIMES * RESERVE_BYTES) return
      const unfinished = `${file}.new`
      const whole = await written(unfinished, halt.signal)
      if (whole) await rename(unfinished, file)
      else await rm(unfinished, { force: true })
    },
    stop: () => halt.abort(),
  }
}

/** The failure as it is, or said more clearly where the disk is full. */
export const fullDisk = (failure: Failure, directory: string): Failure => {
  const bytes = freeBytes(directory)
  if (failure.code !== 'STORE_FAILED' || bytes >= FULL_BYTES) return failure
  const seen = `the disk is full: ${bytes} bytes are free (${failure.seen ?? failure.message})`
  return new Failure('STORE_FAILED', { where: failure.where ?? directory, seen, cure: 'make room on this disk', cause: failure })
}

const freeBytes = (directory: string): number => {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}

/** Bytes by chance: a file system that packs them, or leaves out zeros, would hold no room with others. */
const written = async (file: string, signal: AbortSignal): Promise<boolean> => {
  const handle = await open(file, 'w', 0o640)
  try {
    const chunk = new Uint8Array(CHUNK_BYTES)
    for (let at = 0; at < RESERVE_BYTES; at += CHUNK_BYTES) {
      if (signal.aborted) return false
      await handle.write(randomFillSync(chunk))
    }
    await handle.sync()
    return !signal.aborted
  } finally {
    await handle.close()
  }
}
