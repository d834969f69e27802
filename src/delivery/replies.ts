import type { Lane, Message, Refusal } from './message.js'

/** Responses that wait for the window or for their PUBACK; one more, and the oldest is dropped and counted. */
export const MAX_REPLIES = 64

/** Responses on their way. One that a lost connection interrupts goes out with the next: who asked is waiting. */
export interface Replies extends Lane {
  add(message: Message): void
  readonly dropped: number
}

export const createReplies = (pump: () => void, refused: (refusal: Refusal, topic: string) => void): Replies => {
  let waiting: { readonly message: Message; sent: boolean }[] = []
  let dropped = 0
  return {
    add(message) {
      waiting.push({ message, sent: false })
      if (waiting.length > MAX_REPLIES) {
        waiting.shift()
        dropped += 1
      }
      pump()
    },
    next() {
      const reply = waiting.find(({ sent }) => !sent)
      if (reply === undefined) return null
      reply.sent = true
      return {
        message: reply.message,
        settled(refusal) {
          waiting = waiting.filter((other) => other !== reply)
          if (refusal !== null) refused(refusal, reply.message.topic)
        },
      }
    },
    reset() {
      for (const reply of waiting) reply.sent = false
    },
    get dropped() {
      return dropped
    },
  }
}
