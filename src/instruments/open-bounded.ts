import { Failure } from '../failures.js'
import type { OpenLink } from '../links/contract.js'
import type { Clock } from '../spectrum/clock.js'

/** Milliseconds after which opening has failed, whatever the system is doing. */
export const OPEN_LIMIT_MS = 10_000

/**
 * Opens, unless the signal or the limit comes first; a link that opens after that is closed at once, so that none is left open.
 * @throws Failure ABORTED or DEADLINE, else what `open` throws.
 */
export const openBounded = (open: () => Promise<OpenLink>, where: string, clock: Clock, signal: AbortSignal): Promise<OpenLink> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Failure('ABORTED', { where }))
    const alarm = new AbortController()
    let over = false
    const finish = (act: () => void) => {
      if (over) return
      over = true
      alarm.abort()
      signal.removeEventListener('abort', stop)
      act()
    }
    const stop = () => finish(() => reject(new Failure('ABORTED', { where })))
    signal.addEventListener('abort', stop, { once: true })
    clock.sleep(OPEN_LIMIT_MS, alarm.signal).then(
      () => finish(() => reject(new Failure('DEADLINE', { where, seen: `not open after ${OPEN_LIMIT_MS} ms` }))),
      () => {},
    )
    open().then(
      (link) => {
        if (over) link.close().catch(() => {})
        else finish(() => resolve(link))
      },
      (error: unknown) => finish(() => reject(error)),
    )
  })
