import { Failure } from '../failures.js'

/** One at a time, in the order of asking. */
export interface Turns {
  /**
   * Runs `work` when all before it are done.
   * @throws Failure TOO_MANY when the line is full, ABORTED when the signal comes while waiting, else what `work` throws.
   */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
  readonly waiting: number
}

/** A line of at most `max` waiting beside the one that is served; `where` names it in the refusal. */
export const createTurns = (max: number, where: string): Turns => {
  const line: (() => void)[] = []
  let busy = false
  const turn = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const call = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        line.splice(line.indexOf(call), 1)
        reject(new Failure('ABORTED', { where }))
      }
      line.push(call)
      signal.addEventListener('abort', leave, { once: true })
    })
  return {
    async take(signal, work) {
      if (signal.aborted) throw new Failure('ABORTED', { where })
      if (busy) {
        if (line.length >= max)
          throw new Failure('TOO_MANY', { where, seen: `${max} are waiting`, allowed: `at most ${max}`, cure: 'ask again later' })
        await turn(signal)
      }
      busy = true
      try {
        return await work()
      } finally {
        // The next one inherits the turn: nobody who asks meanwhile can slip in between.
        const next = line.shift()
        if (next) next()
        else busy = false
      }
    },
    get waiting() {
      return line.length
    },
  }
}
