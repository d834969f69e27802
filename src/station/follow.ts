import { Subscription } from 'rxjs'
import type { EventContent } from '../delivery/contract.js'
import { asFailure, type Failure } from '../failures.js'
import type { InstrumentState } from '../instruments/runtime.js'
import type { Result } from '../spectrum/result.js'
import { type Counters, infoOf, newCounters, stateOf } from './overview.js'
import type { Station } from './station.js'
import { told } from './told.js'

export interface FollowOptions {
  /** Retained below the base of the agent. */
  readonly retain: (topic: string, payload: unknown) => void
  readonly event: (content: EventContent) => void
  /** By instrument id; kept across reconnections and found anew. */
  readonly counters: Map<string, Counters>
  /** The line of this instrument broke by a fault of ours. */
  readonly crash: (failure: Failure) => void
}

/** What subscribers hear of one instrument beside its results: state, identity, events; and what is counted of it. */
export const follow = ({ supervisor, committed$, events$ }: Station, { retain, event, counters, crash }: FollowOptions): Subscription => {
  const all = new Subscription()
  let state: InstrumentState = { at: 'connecting' }
  let id: string | null = null
  let newest: Result | null = null
  let count: Counters | null = null

  const tell = () => {
    if (id !== null) retain(`instrument/${id}/state`, stateOf(state, newest))
  }
  const connected = (now: Extract<InstrumentState, { at: 'connected' }>) => {
    if (now.id !== id) newest = null
    id = now.id
    count = counters.get(id) ?? newCounters(id)
    counters.set(id, count)
    retain(`instrument/${id}/info`, infoOf(now, supervisor.where))
    event(told.connected(id, now.identity.model))
  }
  all.add(
    supervisor.state$.subscribe((now) => {
      state = now
      if (now.at === 'connected') connected(now)
      if (now.at === 'fault') event(told.fault(now.id ?? id, now.failure, now.retryInMs))
      tell()
    }),
  )
  all.add(
    events$.subscribe((happened) => {
      if (count && happened.kind === 'bad-frame') count.badFrames++
      if (count && happened.kind === 'trigger-missed') count.triggersMissed += happened.count
      const content = told.instrument(id, happened)
      if (content) event(content)
    }),
  )
  all.add(
    committed$.subscribe({
      next: (result) => {
        const own = counters.get(result.instrument)
        if (own) own[result.verdict]++
        // The last of an instrument may be committed when another one is in its place: they say nothing of that one.
        if (result.instrument !== id) return
        const before = newest && stateOf(state, newest).calibrated
        newest = result
        if (stateOf(state, result).calibrated !== before) tell()
      },
      error: (error: unknown) => crash(asFailure(error, 'INVARIANT', supervisor.where)),
    }),
  )
  return all
}
