import { Failure } from './failures.js'
import type { Clock } from './spectrum/clock.js'

/** `performance` counts from the start of the process, the system's monotonic clock from boot: references outlive a process, not a boot. */
const sinceBootMs = Number(process.hrtime.bigint()) / 1e6 - performance.now()

/** The clock of this machine. Only composition roots (agent, commands) hand it out; everything else takes the one it is given. */
export const systemClock: Clock = {
  monotonicMs: () => sinceBootMs + performance.now(),
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
