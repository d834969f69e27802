import { Failure } from '../failures.js'
import { loadBundle } from '../models/load.js'
import type { LoadedModel } from '../models/open.js'
import type { Clock } from '../spectrum/clock.js'
import type { SlotHost } from '../updates/work.js'
import { type InstrumentOnSlot, misfitOf } from './fits.js'
import type { Decided } from './line.js'
import { liveResults, shadowRun, type Watching } from './trial-host.js'

/** The model that a slot answers with, and the spectra that are bound to it. */
export interface Seat {
  /** null where the slot holds none. */
  readonly model: LoadedModel | null
  /** One more spectrum is bound to it. */
  take(): void
  /** That spectrum has its answer. The last one after a swap closes the model. */
  leave(): void
}

/** A named place for a model. It can be another one between two spectra; those under way keep theirs. */
export interface ModelSlot {
  readonly name: string
  /** What the next spectrum is bound to. Another object after each swap. */
  readonly seat: Seat
  /** An instrument is judged by this slot, from now until what is given back is called. */
  join(instrument: InstrumentOnSlot): () => void
  /** Every spectrum with its verdict, before it is committed: trials look on. */
  saw(decision: Decided): void
  /** Spectra that a shadow run or a probation could not keep up with, since the start: each was answered all the same. */
  readonly leftOut: number
  /** What installs need (src/updates/work.ts). */
  readonly host: SlotHost
  /** Frees the models, also where spectra are still under way. Nothing can be swapped in afterwards. May be called twice. */
  close(): Promise<void>
}

export interface ModelSlotOptions {
  readonly name: string
  readonly model: LoadedModel | null
  readonly clock: Clock
  /** Version of this program. */
  readonly agentVersion: string
  /** Hears of every swap once the next spectrum is bound to the new model. */
  readonly swapped?: (model: LoadedModel) => void
  readonly load?: (path: string) => Promise<LoadedModel>
}

export const createModelSlot = ({ name, model, clock, agentVersion, swapped, load = loadBundle }: ModelSlotOptions): ModelSlot => {
  const instruments = new Set<InstrumentOnSlot>()
  const watchers = new Set<(decision: Decided) => void>()
  /** Models that are open: the one that answers, and those whose last spectra are under way. */
  const open = new Set<LoadedModel>(model ? [model] : [])
  let closed = false

  const free = (old: LoadedModel): Promise<void> => {
    open.delete(old)
    return old.close()
  }
  const seatOf = (own: LoadedModel | null): Seat & { retire(): void } => {
    let bound = 0
    let retired = false
    const freeIfIdle = () => {
      // An engine that cannot be freed costs memory, never an answer.
      if (retired && bound === 0 && own && open.has(own)) free(own).catch(() => {})
    }
    return {
      model: own,
      take: () => {
        bound++
      },
      leave: () => {
        bound--
        freeIfIdle()
      },
      retire: () => {
        retired = true
        freeIfIdle()
      },
    }
  }
  let seat = seatOf(model)

  let leftOut = 0
  const watching: Watching = {
    watch: (watcher) => {
      const own = (decision: Decided) => {
        // What is bound to the model before says nothing of the one that answers now.
        if (decision.line.binding && decision.line.binding.model === seat.model) watcher(decision)
      }
      watchers.add(own)
      return () => void watchers.delete(own)
    },
    leftOut: () => {
      leftOut++
    },
  }

  return {
    name,
    get seat() {
      return seat
    },
    join(instrument) {
      instruments.add(instrument)
      return () => void instruments.delete(instrument)
    },
    saw: (decision) => {
      for (const watcher of watchers) watcher(decision)
    },
    get leftOut() {
      return leftOut
    },
    host: {
      async answer({ path }) {
        const next = await load(path)
        if (closed) {
          await next.close()
          throw new Failure('ABORTED', { where: `slot ${name}` })
        }
        open.add(next)
        const before = seat
        seat = seatOf(next)
        before.retire()
        swapped?.(next)
      },
      fits: (bundle) => misfitOf(bundle, [...instruments], agentVersion),
      shadow: (candidate, signal) => shadowRun(watching, candidate, clock, signal),
      results: (signal) => liveResults(watching, signal),
    },
    async close() {
      closed = true
      await Promise.all([...open].map(free))
    },
  }
}
