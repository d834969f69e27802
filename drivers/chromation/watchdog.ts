import type { Clock } from '../../src/spectrum/clock.js'

/** Calls `expired` when an armed deadline passes. */
export interface Watchdog {
  arm(deadlineMs: number): void
  disarm(): void
  stop(): void
}

/**
 * One sleeper serves all deadlines: at thousands of frames a second a timer for each frame costs more than the frame. It sleeps
 * to the deadline it was started for and then to the newest; it is started anew only for a deadline sooner than that.
 */
export const createWatchdog = (clock: Clock, expired: () => void): Watchdog => {
  let armedMs: number | null = null
  let wakesMs = Number.POSITIVE_INFINITY
  let sleep: AbortController | null = null

  const stop = () => {
    armedMs = null
    wakesMs = Number.POSITIVE_INFINITY
    sleep?.abort()
    sleep = null
  }
  const sleepUntil = (deadlineMs: number) => {
    sleep?.abort()
    const own = new AbortController()
    sleep = own
    wakesMs = deadlineMs
    clock.sleep(Math.max(0, deadlineMs - clock.monotonicMs()), own.signal).then(
      () => {
        if (sleep === own) wake()
      },
      () => {},
    )
  }
  const wake = () => {
    sleep = null
    wakesMs = Number.POSITIVE_INFINITY
    if (armedMs === null) return
    if (armedMs > clock.monotonicMs()) return sleepUntil(armedMs)
    armedMs = null
    expired()
  }
  return {
    arm(deadlineMs) {
      armedMs = deadlineMs
      if (deadlineMs < wakesMs) sleepUntil(deadlineMs)
    },
    disarm() {
      armedMs = null
    },
    stop,
  }
}
