import type { Observer } from 'rxjs'
import { asFailure } from '../failures.js'
import type { Clock } from '../spectrum/clock.js'
import type { Measurement } from '../spectrum/measurement.js'
import type { Exposure, InstrumentEvent } from './runtime.js'
import { createTurns } from './turns.js'

/** Milliseconds between two tries to get a number from the store. */
const PAUSE_MS = 1000

export interface NumberingOptions {
  readonly instrument: string
  readonly nextSeq: () => number | Promise<number>
  readonly clock: Clock
  readonly clockTrusted?: () => boolean
  readonly maxWaiting: number
  readonly tell: (event: InstrumentEvent) => void
  readonly out: Pick<Observer<Measurement>, 'next'>
}

/**
 * Hands an exposure on as a measurement: numbered and dated, one after the other, so that `seq` rises in `out`.
 * `meanwhile` runs just before it goes out. Rejects with Failure ABORTED alone.
 */
export type Hand = (exposure: Exposure, signal: AbortSignal, meanwhile?: () => void) => Promise<Measurement>

/** Numbering waits for the store as long as it takes: an exposure is not lost because a number comes late. */
export const createNumbering = (options: NumberingOptions): Hand => {
  const { instrument, nextSeq, clock, clockTrusted = () => true, maxWaiting, tell, out } = options
  const turns = createTurns(maxWaiting, instrument)

  const numbered = async (signal: AbortSignal): Promise<number> => {
    for (;;) {
      try {
        return await nextSeq()
      } catch (error) {
        tell({ kind: 'retry', failure: asFailure(error, 'STORE_FAILED', instrument), action: 'again' })
        await clock.sleep(PAUSE_MS, signal)
      }
    }
  }

  return ({ axis, counts, saturated, acquisition, endMs, endWallMs, flags }, signal, meanwhile) =>
    turns.take(signal, async () => {
      const seq = await numbered(signal)
      const time = new Date(endWallMs).toISOString()
      const trusted = clockTrusted()
      const measurement: Measurement = {
        instrument,
        seq,
        time,
        endMs,
        axis,
        counts,
        saturated,
        acquisition,
        flags: trusted ? flags : [...flags, 'clock-unsynchronized'],
      }
      meanwhile?.()
      out.next(measurement)
      return measurement
    })
}
