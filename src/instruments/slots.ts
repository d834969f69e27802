import { Failure } from '../failures.js'

/** Places for measurements on their way from acquisition to commit. */
export interface Slots {
  /** Takes a place if one is free now. */
  tryTake(): boolean
  /** Waits for a free place and takes it. @throws Failure ABORTED when the signal comes first. */
  take(signal: AbortSignal): Promise<void>
  give(): void
}

/** `max` places, handed out in the order of asking. */
export const createSlots = (max: number): Slots => {
  const waiting: (() => void)[] = []
  let taken = 0
  const tryTake = () => {
    if (taken >= max) return false
    taken++
    return true
  }
  return {
    tryTake,
    async take(signal) {
      if (signal.aborted) throw new Failure('ABORTED')
      if (tryTake()) return
      // Whoever gives a place hands it over: `taken` stays as it is.
      await new Promise<void>((resolve, reject) => {
        const got = () => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
        const leave = () => {
          waiting.splice(waiting.indexOf(got), 1)
          reject(new Failure('ABORTED'))
        }
        waiting.push(got)
        signal.addEventListener('abort', leave, { once: true })
      })
    },
    give() {
      if (taken === 0) throw new Failure('INVARIANT', { seen: 'more measurements released than were acquired' })
      const next = waiting.shift()
      if (next) next()
      else taken--
    },
  }
}
