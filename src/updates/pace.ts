import type { Clock } from '../spectrum/clock.js'

export interface Pace {
  /** At once, or when the pause after the last time is over; all calls until then are that one. */
  soon(): void
  /** What is due is done now. */
  stop(): void
}

/** Does a thing as often as it is asked for, but with `pauseMs` milliseconds between two times at least. */
export const createPace = (clock: Clock, pauseMs: number, act: () => void): Pace => {
  const halt = new AbortController()
  let lastMs = Number.NEGATIVE_INFINITY
  let due = false
  const now = () => {
    due = false
    lastMs = clock.monotonicMs()
    act()
  }
  return {
    soon: () => {
      if (due) return
      const ms = lastMs + pauseMs - clock.monotonicMs()
      if (ms <= 0) return now()
      due = true
      clock.sleep(ms, halt.signal).then(now, () => {})
    },
    stop: () => {
      halt.abort()
      if (due) now()
    },
  }
}
