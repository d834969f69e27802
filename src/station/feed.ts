/** What is pushed in at any time comes out one after the other. */
export interface Feed<T> extends AsyncIterable<T> {
  push(value: T): void
}

/** Ends when `signal` is aborted. One reader. @param limit values that wait at most; a further one is dropped. @param dropped hears of each that was */
export const createFeed = <T>(limit: number, signal: AbortSignal, dropped: () => void): Feed<T> => {
  const waiting: T[] = []
  let wake = (): void => {}
  const end = () => wake()
  async function* read(): AsyncGenerator<T> {
    signal.addEventListener('abort', end, { once: true })
    try {
      while (!signal.aborted) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      signal.removeEventListener('abort', end)
    }
  }
  return {
    push: (value) => {
      if (waiting.length >= limit) dropped()
      else waiting.push(value)
      wake()
    },
    [Symbol.asyncIterator]: read,
  }
}
