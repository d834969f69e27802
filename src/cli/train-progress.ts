import type { Clock } from '../spectrum/clock.js'
import { systemClock } from '../system-clock.js'

/** Milliseconds between two lines of progress. */
const PROGRESS_MS = 1000

/** A line on standard error at each new step, and every second within one: what is done, how far, and how long it may still take. */
export const progressLine = (clock: Clock = systemClock): ((what: string, part: number) => void) => {
  let shown = ''
  let shownMs = Number.NEGATIVE_INFINITY
  let beganMs = 0
  let beganPart = 0
  return (what, part) => {
    const nowMs = clock.monotonicMs()
    if (what !== shown) {
      beganMs = nowMs
      beganPart = part
    } else if (nowMs - shownMs < PROGRESS_MS) return
    shown = what
    shownMs = nowMs
    const done = part - beganPart
    const left = done > 0 && nowMs > beganMs ? `, about ${duration(((nowMs - beganMs) * (1 - part)) / done)} left` : ''
    process.stderr.write(`${what}${part > 0 ? ` ${Math.round(100 * part)} %` : ''}${left}\n`)
  }
}

const duration = (ms: number): string => (ms < 90_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`)
