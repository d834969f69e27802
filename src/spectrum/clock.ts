/** Time comes in from outside: everything that waits or stamps is handed one of these. */
export interface Clock {
  /** Milliseconds that only ever rise; the zero point means nothing. */
  monotonicMs(): number
  /** Milliseconds since 1970 UTC, as the machine believes them. */
  wallMs(): number
  /** Resolves after `ms`; rejects with Failure ABORTED as soon as `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
