import type { Failure } from '../failures.js'

/** Bytes kept for a reader that is slow; 1 MiB is eight minutes of the slowest serial port. The oldest piece goes first, and is counted. */
export const MAX_UNREAD_BYTES = 1024 * 1024

/** What arrives at a port, in order, until somebody reads it. */
export interface ByteQueue {
  push(bytes: Uint8Array): void
  /** No more will come: readers get what is left, then the end, or this failure. */
  end(why: Failure | null): void
  /** Bytes thrown away because nobody read them. */
  dropped(): number
  readonly chunks: AsyncIterable<Uint8Array>
}

/** A bounded queue between an event emitter and one asynchronous reader. */
export const createByteQueue = (maxBytes = MAX_UNREAD_BYTES): ByteQueue => {
  const waiting: Uint8Array[] = []
  let unread = 0
  let dropped = 0
  let ended: { why: Failure | null } | null = null
  let wake: () => void = () => {}
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    for (;;) {
      const first = waiting.shift()
      if (first) {
        unread -= first.length
        return { done: false, value: first }
      }
      if (ended?.why) throw ended.why
      if (ended) return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    push(bytes) {
      if (ended || bytes.length === 0) return
      waiting.push(bytes)
      unread += bytes.length
      while (unread > maxBytes) {
        const oldest = waiting.shift()?.length ?? 0
        unread -= oldest
        dropped += oldest
      }
      wake()
    },
    end(why) {
      ended ??= { why }
      wake()
    },
    dropped: () => dropped,
    chunks: { [Symbol.asyncIterator]: () => ({ next }) },
  }
}
