import { Failure } from '../failures.js'
import type { Clock } from '../spectrum/clock.js'
import { MAX_METADATA_MS } from './limits.js'

/** Gives up on work that goes on for too long, however busily. @throws Failure NETWORK_FAILED then */
export const inTime = async <T>(clock: Clock, signal: AbortSignal, where: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const done = new AbortController()
  const late = new AbortController()
  const onAbort = () => late.abort()
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) late.abort()
  void clock.sleep(MAX_METADATA_MS, done.signal).then(onAbort, () => {})
  try {
    return await work(late.signal)
  } catch (error) {
    if (!late.signal.aborted || signal.aborted) throw error
    throw new Failure('NETWORK_FAILED', { where, seen: `metadata that were not there after ${MAX_METADATA_MS} ms`, cause: error })
  } finally {
    done.abort()
    signal.removeEventListener('abort', onAbort)
  }
}
