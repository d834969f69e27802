import { Failure } from '../failures.js'

/**
 * The promise, or Failure DEADLINE when it has not settled after `ms`. The work itself is not stopped: what it yields later is ignored.
 */
export const withDeadline = async <T>(work: Promise<T>, ms: number, where: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Failure('DEADLINE', { where, seen: `nothing within ${ms} ms` })), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
