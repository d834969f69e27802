import type { Clock } from '../spectrum/clock.js'

/** Waits for `work` to settle, either way, at most `ms`: false when it has not. The work itself goes on. */
export const within = async (clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> => {
  const alarm = new AbortController()
  const settled = work.then(
    () => true,
    () => true,
  )
  const late = clock.sleep(ms, alarm.signal).then(
    () => false,
    () => true,
  )
  const inTime = await Promise.race([settled, late])
  alarm.abort()
  return inTime
}
