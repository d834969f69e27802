import type { Clock } from '../spectrum/clock.js'

/** Milliseconds between two words about one slot: a transfer has a hundred whole percents. */
export const PUBLISH_MS = 250

/** Calls `send` at once, or when the pause after the last one is over; whatever is asked for meanwhile goes out together then. */
export const createPublisher = (clock: Clock, send: () => void): { publish(): void; stop(): void } => {
  const halt = new AbortController()
  let sentMs = Number.NEGATIVE_INFINITY
  let due = false
  const now = () => {
    due = false
    sentMs = clock.monotonicMs()
    send()
  }
  return {
    publish: () => {
      if (due) return
      const ms = sentMs + PUBLISH_MS - clock.monotonicMs()
      if (ms <= 0) return now()
      due = true
      clock.sleep(ms, halt.signal).then(now, () => {})
    },
    /** What is due goes out. */
    stop: () => {
      halt.abort()
      if (due) now()
    },
  }
}
