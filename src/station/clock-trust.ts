import type { Clock } from '../spectrum/clock.js'

/** No agent of this version ran before this moment; ms since 1970. */
export const BUILT_NOT_BEFORE_MS = Date.parse('2026-11-01T00:00:00Z')
/** How far wall clock and monotonic clock may part between two looks, in ms: more is a jump, less is slewing. */
export const MAX_CLOCK_STEP_MS = 2000

/** Whether the wall clock can be believed now. Looks at both clocks at each call. */
export type ClockTrust = () => boolean

/**
 * Boards without a battery-backed clock start in the past and jump when the network tells the time (DESIGN section 2). Not
 * trusted: below the floor (build time, or the last time that was trusted), and at the first look after a jump.
 */
export const createClockTrust = (clock: Clock, lastTrustedMs: number | null): ClockTrust => {
  let floorMs = Math.max(BUILT_NOT_BEFORE_MS, lastTrustedMs ?? 0)
  let offset = clock.wallMs() - clock.monotonicMs()
  return () => {
    const wall = clock.wallMs()
    const now = wall - clock.monotonicMs()
    const jumped = Math.abs(now - offset) > MAX_CLOCK_STEP_MS
    offset = now
    if (wall < floorMs || jumped) return false
    floorMs = wall
    return true
  }
}
