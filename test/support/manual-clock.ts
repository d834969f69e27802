import { Failure } from '../../src/failures.js'
import type { Clock } from '../../src/spectrum/clock.js'

/** A clock that stands until a test moves it. Sleepers wake in the order of their time; promises settle between two wakes. */
export interface ManualClock extends Clock {
  advance(ms: number): Promise<void>
  /** The wall clock alone, as when NTP sets it. */
  setWall(ms: number): void
  readonly sleepers: number
}

export const manualClock = (wallStartMs = Date.parse('2026-01-01T00:00:00Z')): ManualClock => {
  let now = 0
  let wallOffset = wallStartMs
  const waiting = new Set<{ at: number; wake: () => void }>()
  const settle = async () => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    monotonicMs: () => now,
    wallMs: () => now + wallOffset,
    setWall(ms) {
      wallOffset = ms - now
    },
    get sleepers() {
      return waiting.size
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(new Failure('ABORTED'))
        const stop = () => {
          if (waiting.delete(entry)) reject(new Failure('ABORTED'))
        }
        const entry = {
          at: now + ms,
          wake: () => {
            signal?.removeEventListener('abort', stop)
            resolve()
          },
        }
        waiting.add(entry)
        signal?.addEventListener('abort', stop, { once: true })
      }),
    async advance(ms) {
      const until = now + ms
      await settle()
      for (;;) {
        const next = [...waiting].filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        now = next.at
        waiting.delete(next)
        next.wake()
        await settle()
      }
      now = until
      await settle()
    },
  }
}
