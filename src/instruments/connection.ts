import type { Observable, Subscription } from 'rxjs'
import { Failure } from '../failures.js'
import type { InstrumentState } from './runtime.js'

/** Whether one instrument is connected right now, and a way to wait for it. */
export interface Connection {
  readonly connected: boolean
  /** The instrument that was connected last was another one. */
  readonly strange: boolean
  /** Resolves when it is connected. @throws Failure ABORTED when the signal comes first. */
  until(signal: AbortSignal): Promise<void>
  /** Constructing looks at nothing. */
  open(): void
  close(): void
}

/** Follows the states of a supervisor; another instrument on the same link is not this one. */
export const watchConnection = (state$: Observable<InstrumentState>, instrument: string): Connection => {
  let connected = false
  let strange = false
  const waiting = new Set<() => void>()
  let states: Subscription | null = null
  const observer = {
    next(state: InstrumentState) {
      if (state.at === 'connected') strange = state.id !== instrument
      connected = state.at === 'connected' && !strange
      if (connected) for (const wake of [...waiting]) wake()
    },
    complete() {
      connected = false
    },
  }
  return {
    get connected() {
      return connected
    },
    get strange() {
      return strange
    },
    until: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(new Failure('ABORTED'))
        if (connected) return resolve()
        const leave = () => {
          waiting.delete(wake)
          reject(new Failure('ABORTED'))
        }
        const wake = () => {
          waiting.delete(wake)
          signal.removeEventListener('abort', leave)
          resolve()
        }
        waiting.add(wake)
        signal.addEventListener('abort', leave, { once: true })
      }),
    open() {
      states ??= state$.subscribe(observer)
    },
    close: () => states?.unsubscribe(),
  }
}
