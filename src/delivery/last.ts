import type { Clock } from '../spectrum/clock.js'

/** Milliseconds between two messages of one topic: `last` is for eyes, `result` for machines. */
export const LAST_EVERY_MS = 1000

/** Paces `instrument/<id>/last`: the newest answer, at most one a second, and never one with a lower seq than before. */
export interface Last {
  offer(topic: string, seq: number, payload: string): void
  /** Publishes what waits for its second. */
  flush(): void
}

interface Entry {
  seq: number
  payload: string
  publishedMs: number
  waiting: boolean
}

export const createLast = (clock: Clock, signal: AbortSignal, publish: (topic: string, payload: string) => void): Last => {
  const entries = new Map<string, Entry>()
  const publishNow = (topic: string, entry: Entry): void => {
    entry.waiting = false
    entry.publishedMs = clock.monotonicMs()
    publish(topic, entry.payload)
  }
  const whenDue = async (topic: string, entry: Entry): Promise<void> => {
    await clock.sleep(entry.publishedMs + LAST_EVERY_MS - clock.monotonicMs(), signal)
    if (entry.waiting) publishNow(topic, entry)
  }
  return {
    offer(topic, seq, payload) {
      const entry = entries.get(topic) ?? { seq: 0, payload, publishedMs: Number.NEGATIVE_INFINITY, waiting: false }
      entries.set(topic, entry)
      if (seq <= entry.seq) return
      entry.seq = seq
      entry.payload = payload
      if (entry.waiting) return
      if (clock.monotonicMs() - entry.publishedMs >= LAST_EVERY_MS) return publishNow(topic, entry)
      entry.waiting = true
      // Rejects only when all ends: `flush` has been called then.
      whenDue(topic, entry).catch(() => {})
    },
    flush() {
      for (const [topic, entry] of entries) if (entry.waiting) publishNow(topic, entry)
    },
  }
}
