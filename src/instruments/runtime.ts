import type { Observable } from 'rxjs'
import type { Failure } from '../failures.js'
import type { Axis } from '../spectrum/axis.js'
import type { Flag } from '../spectrum/flags.js'
import type { Acquisition } from '../spectrum/measurement.js'
import type { Applied, BadFrameCause, Identity } from './contract.js'

/** Where one configured or found instrument stands. `fault`: the next try comes in `retryInMs`, null when no try can help. */
export type InstrumentState =
  | { readonly at: 'connecting' }
  | { readonly at: 'connected'; readonly id: string; readonly identity: Identity; readonly axis: Axis; readonly applied: Applied }
  | { readonly at: 'fault'; readonly id: string | null; readonly failure: Failure; readonly retryInMs: number | null }

/** Something worth telling that is not a result. */
export type InstrumentEvent =
  | { readonly kind: 'bad-frame'; readonly cause: BadFrameCause; readonly bytes: number }
  | { readonly kind: 'retry'; readonly failure: Failure; readonly action: 'again' | 'reopen' }
  | { readonly kind: 'trigger-missed'; readonly count: number }

/** One averaged exposure: fresh, with the settings it was asked for. Not numbered yet. */
export interface Exposure {
  readonly axis: Axis
  /** Mean of the averaged frames, raw counts. */
  readonly counts: Float64Array
  /** 1 where any averaged frame reached full scale. */
  readonly saturated: Uint8Array
  readonly acquisition: Acquisition
  /** End of exposure: monotonic ms, and wall ms since 1970. */
  readonly endMs: number
  readonly endWallMs: number
  readonly flags: readonly Flag[]
}

/** Looks after one instrument for as long as the agent runs: finds, opens, identifies, applies, measures, and starts over. Never ends by itself. */
export interface Supervisor {
  /** The link of the configuration, or the port it was found on. */
  readonly where: string
  /** The newest state first, then every change. */
  readonly state$: Observable<InstrumentState>
  readonly events$: Observable<InstrumentEvent>
  start(): void
  /** One averaged exposure; callers wait their turn. Rejects with NO_INSTRUMENT while none is connected, else with the reason it failed. */
  expose(signal: AbortSignal): Promise<Exposure>
  /** Leaves the instrument as found. Under 1.5 s; may be called twice. */
  stop(): Promise<void>
}
