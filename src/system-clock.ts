import { Failure } from './failures.js'
import type { Clock } from './spectrum/clock.js'

/** The clock of this machine. Only composition roots (agent, commands) hand it out; everything else takes the one it is given. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new Failure('ABORTED'))
      const stop = () => {
        clearTimeout(timer)
        reject(new Failure('ABORTED'))
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, ms)
      signal?.addEventListener('abort', stop, { once: true })
    }),
}
