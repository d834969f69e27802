import { Failure } from '../failures.js'
import type { DesiredMessage } from './contract.js'
import type { Incoming } from './session.js'
import type { Topics } from './topics.js'

/** Bytes of a `desired` message; a larger one is dropped and counted: the order before it stands. */
export const MAX_DESIRED_BYTES = 4096
/** Topics of which that is told, once each. */
const MAX_TOLD = 64

export interface Orders {
  /** Whether the message was one. */
  take(message: Incoming): boolean
  onDesired(handler: (message: DesiredMessage) => void): void
  readonly dropped: number
}

/** What should run in which slot. Unlike requests these are meant to be retained; a live one counts as well. */
export const createOrders = (topics: Pick<Topics, 'desiredOf'>, tell: (failure: Failure) => void): Orders => {
  // A retained one comes again at every connection: once is enough.
  const told = new Set<string>()
  const drop = (topic: string, bytes: number): void => {
    dropped += 1
    if (told.has(topic) || told.size >= MAX_TOLD) return
    told.add(topic)
    const cure = 'publish {"model": "LINE/ID"} there, retained; until then the order before it stands'
    tell(new Failure('REQUEST_INVALID', { where: topic, seen: `${bytes} bytes`, allowed: `at most ${MAX_DESIRED_BYTES} bytes`, cure }))
  }
  let handle: (message: DesiredMessage) => void = () => {}
  let dropped = 0
  return {
    take({ topic, payload }) {
      const about = topics.desiredOf(topic)
      if (about === null) return false
      if (payload.length > MAX_DESIRED_BYTES) drop(topic, payload.length)
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
