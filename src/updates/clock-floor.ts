import { dirname } from 'node:path'
import { Failure } from '../failures.js'
import type { Disk } from './contract.js'
import { put } from './disk.js'

/**
 * A time that has certainly passed: of the build, or of the last metadata that were verified while they had not expired. A box without a clock of
 * its own wakes up years ago, and would take for fresh what expired since. Only installs stop then; what runs goes on.
 */
export interface ClockFloor {
  readonly ms: number
  /** @throws Failure CLOCK_UNTRUSTED for a time before the floor */
  check(nowMs: number): void
  /**
   * Nothing before `ms` is believed from now on. Only called with a time at which metadata were valid: a clock that ran ahead can therefore lift
   * the floor by no more than the days that a timestamp is valid.
   * @throws Failure STORE_FAILED
   */
  raise(ms: number): Promise<void>
}

/** @param path of the file that remembers the floor; a damaged one counts for nothing */
export const openClockFloor = async (disk: Disk, path: string, builtMs: number): Promise<ClockFloor> => {
  const bytes = await disk.read(path)
  const text = bytes ? Buffer.from(bytes).toString('latin1').trim() : ''
  let ms = Math.max(builtMs, /^\d{1,15}$/.test(text) ? Number(text) : 0)
  return {
    get ms() {
      return ms
    },
    check(nowMs) {
      if (nowMs >= ms) return
      throw new Failure('CLOCK_UNTRUSTED', {
        where: 'clock of this machine',
        seen: new Date(nowMs).toISOString(),
        allowed: `${new Date(ms).toISOString()} or later`,
        cure: 'set the clock, or let it be set (timedatectl); models are installed again then, and those that run go on meanwhile',
      })
    },
    async raise(next) {
      if (next <= ms) return
      await disk.makeFolder(dirname(path))
      await put(disk, path, Buffer.from(`${Math.floor(next)}\n`))
      ms = Math.floor(next)
    },
  }
}
