import type { Clock } from '../spectrum/clock.js'

/** Milliseconds between two reports of one tally: a fast trigger at an absent instrument must not flood the outbox. */
export const REPORT_MS = 10_000

/** Counts what is missed and tells it in sums: the first at once, what follows at most every 10 s; nothing is left out. */
export interface Tally {
  add(count: number): void
  /** Tells what has not been told yet. */
  flush(): void
}

export const createTally = (clock: Clock, tell: (count: number) => void): Tally => {
  let untold = 0
  let toldAtMs = Number.NEGATIVE_INFINITY
  const flush = () => {
    if (untold === 0) return
    const count = untold
    untold = 0
    toldAtMs = clock.monotonicMs()
    tell(count)
  }
  return {
    add(count) {
      untold += count
      if (clock.monotonicMs() - toldAtMs >= REPORT_MS) flush()
    },
    flush,
  }
}
