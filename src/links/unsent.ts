import { Failure } from '../failures.js'

/** Bytes that may wait in this process for a port that takes none; commands are shorter than this by far. */
export const MAX_UNSENT_BYTES = 64 * 1024

/**
 * Refuses a further write while earlier ones, whose deadline has passed, still fill the queue.
 * @throws Failure DEADLINE
 */
export const checkUnsent = (waitingBytes: number, where: string): void => {
  if (waitingBytes > MAX_UNSENT_BYTES)
    throw new Failure('DEADLINE', { where, seen: `${waitingBytes} bytes of earlier writes still wait`, allowed: `${MAX_UNSENT_BYTES} bytes` })
}
