import type { Clock } from '../spectrum/clock.js'
import { systemClock } from '../system-clock.js'

/** Milliseconds before the first line, and between two of them. */
const PROGRESS_MS = 1000

/** A line on standard error for each second that something takes; none for what is done within the first. */
export const lateProgress = (what: string, clock: Clock = systemClock): ((part: number) => void) => {
  let shownMs = clock.monotonicMs()
  return (part) => {
    const nowMs = clock.monotonicMs()
    if (nowMs - shownMs < PROGRESS_MS) return
    shownMs = nowMs
    process.stderr.write(`${what} ${Math.round(100 * part)} %\n`)
  }
}
