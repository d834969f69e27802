import type { DesiredMessage } from './contract.js'
import type { Incoming } from './session.js'
import type { Topics } from './topics.js'

/** Bytes of a `desired` message; a larger one is dropped and counted: the order before it stands. */
export const MAX_DESIRED_BYTES = 4096

export interface Orders {
  /** Whether the message was one. */
  take(message: Incoming): boolean
  onDesired(handler: (message: DesiredMessage) => void): void
  readonly dropped: number
}

/** What should run in which slot. Unlike requests these are meant to be retained; a live one counts as well. */
export const createOrders = (topics: Pick<Topics, 'desiredOf'>): Orders => {
  let handle: (message: DesiredMessage) => void = () => {}
  let dropped = 0
  return {
    take({ topic, payload }) {
      const about = topics.desiredOf(topic)
      if (about === null) return false
      if (payload.length > MAX_DESIRED_BYTES) dropped += 1
      else handle({ ...about, payload })
      return true
    },
    onDesired(handler) {
      handle = handler
    },
    get dropped() {
      return dropped
    },
  }
}
