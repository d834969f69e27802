import type { EventContent } from '../delivery/contract.js'
import type { Failure } from '../failures.js'
import type { StreamNews } from '../models/stream.js'
import type { Clock } from '../spectrum/clock.js'
import { told } from './told.js'

/** Milliseconds between two events about an engine that fails: the results tell of each spectrum. */
export const ENGINE_EVENT_MS = 60_000

/** Alarms of one stream of spectra, told as events. When the stream ends, by a swap of the model or a new axis, what is up is cleared: nobody else would. */
export const createAlarms = (instrument: string, event: (content: EventContent) => void): { take(news: StreamNews): void; end(): void } => {
  const up = new Map<StreamNews['what'], StreamNews>()
  let ended = false
  return {
    take: (news) => {
      // The last spectra of an old model come in behind the end: an alarm raised by them would never be cleared.
      if (ended) return
      if (news.raised) up.set(news.what, news)
      else up.delete(news.what)
      event(told.drift(instrument, news))
    },
    end: () => {
      ended = true
      for (const news of up.values()) event(told.watchBegunAnew(instrument, news))
      up.clear()
    },
  }
}

/** At most one event for each span of time, however many spectra an engine fails at. */
export const createEngineTeller = (clock: Clock, event: (content: EventContent) => void): ((instrument: string, failure: Failure | null) => void) => {
  let toldMs = Number.NEGATIVE_INFINITY
  return (instrument, failure) => {
    if (failure === null || clock.monotonicMs() - toldMs < ENGINE_EVENT_MS) return
    toldMs = clock.monotonicMs()
    event(told.engineFailed(instrument, failure))
  }
}
