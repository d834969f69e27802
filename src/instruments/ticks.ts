/**
 * The tick to wait for after one at `tickMs` was served until `nowMs`, and how many passed meanwhile. A tick that is due
 * this very moment is not missed. All in milliseconds of one monotonic clock.
 */
export const following = (tickMs: number, nowMs: number, intervalMs: number): { readonly nextMs: number; readonly missed: number } => {
  const steps = Math.max(1, Math.ceil((nowMs - tickMs) / intervalMs))
  return { nextMs: tickMs + steps * intervalMs, missed: steps - 1 }
}
