import { Failure } from '../failures.js'

/** @throws Failure ABORTED when the signal comes while others are before it, else what `work` throws */
export type InTurn = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>

/**
 * One at a time, in the order of asking. Who is told to stop while it waits is gone at once, however long those before it take, and lets nobody past them.
 * @param where for the message
 */
export const createInTurn = (where: string): InTurn => {
  let last: Promise<unknown> = Promise.resolve()
  return (signal, work) => {
    const before = last
    const mine = over(before, signal, where).then(work)
    last = Promise.allSettled([before, mine])
    return mine
  }
}

const over = (before: Promise<unknown>, signal: AbortSignal, where: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = () => reject(new Failure('ABORTED', { where }))
    if (signal.aborted) return leave()
    signal.addEventListener('abort', leave, { once: true })
    void before.then(() => {
      signal.removeEventListener('abort', leave)
      resolve()
    })
  })
