import type { Lane, Message, Refusal, Sendable } from './message.js'

/** Topics that are kept in memory for the next connection; a further one is not kept and counts as dropped. */
export const MAX_RETAINED_TOPICS = 1024

/** The newest message of each retained topic: sent when it changes, and all of them after every connect, in the order they first came. */
export interface Retained extends Lane {
  set(message: Message): void
  readonly dropped: number
}

export const createRetained = (pump: () => void, refused: (refusal: Refusal, topic: string) => void): Retained => {
  const newest = new Map<string, Message>()
  const due = new Set<string>()
  let dropped = 0
  return {
    set(message) {
      if (!newest.has(message.topic) && newest.size >= MAX_RETAINED_TOPICS) {
        dropped += 1
        return
      }
      newest.set(message.topic, message)
      due.add(message.topic)
      pump()
    },
    next(): Sendable | null {
      const [topic] = due
      const message = topic === undefined ? undefined : newest.get(topic)
      if (topic === undefined || message === undefined) return null
      due.delete(topic)
      return { message, settled: (refusal) => refusal && refused(refusal, topic) }
    },
    reset() {
      for (const topic of newest.keys()) due.add(topic)
    },
    get dropped() {
      return dropped
    },
  }
}
