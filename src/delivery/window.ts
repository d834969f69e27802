import type { Clock } from '../spectrum/clock.js'
import type { Lane } from './message.js'
import type { Session } from './session.js'

/** What may be unacknowledged at once, however much the broker would take. */
export const MAX_WINDOW = 32

/** The one gate through which everything is published: the first lane that has a message goes first. */
export interface Window {
  readonly inFlight: number
  /** Monotonic ms at which the broker last acknowledged something, or at which the window last began to fill. */
  readonly progressMs: number
  attach(session: Session): void
  detach(): void
  /** Sends what may be sent now. To be called whenever a lane may have got something. */
  pump(): void
  /** Resolves when nothing is in flight and no lane has anything to send, at once without a connection. */
  drained(): Promise<void>
}

export const createWindow = (lanes: readonly Lane[], clock: Clock): Window => {
  let session: Session | null = null
  let inFlight = 0
  let progressMs = 0
  let pumping = false
  let waiting: (() => void)[] = []

  const tellDrained = (): void => {
    if (inFlight > 0 && session !== null) return
    for (const resolve of waiting) resolve()
    waiting = []
  }
  const sendOne = (to: Session): boolean => {
    for (const lane of lanes) {
      const sendable = lane.next()
      if (sendable === null) continue
      if (inFlight === 0) progressMs = clock.monotonicMs()
      inFlight += 1
      to.publish(sendable.message, (refusal) => {
        if (session !== to) return
        inFlight -= 1
        progressMs = clock.monotonicMs()
        sendable.settled(refusal)
        pump()
        tellDrained()
      })
      return true
    }
    return false
  }
  const pump = (): void => {
    if (pumping) return
    pumping = true
    try {
      while (session !== null && inFlight < Math.min(MAX_WINDOW, session.receiveMaximum) && sendOne(session));
    } finally {
      pumping = false
    }
  }
  return {
    get inFlight() {
      return inFlight
    },
    get progressMs() {
      return progressMs
    },
    attach(next) {
      session = next
      inFlight = 0
      for (const lane of lanes) lane.reset()
      pump()
    },
    detach() {
      session = null
      inFlight = 0
      tellDrained()
    },
    pump,
    drained: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        tellDrained()
      }),
  }
}
