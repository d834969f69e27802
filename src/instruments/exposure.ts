import { Failure } from '../failures.js'
import type { Axis } from '../spectrum/axis.js'
import type { Clock } from '../spectrum/clock.js'
import type { Flag } from '../spectrum/flags.js'
import type { AppliedValue, Frame, Identity } from './contract.js'
import type { Exposure } from './runtime.js'

/** Slack for floating point: after a year of uptime a difference of two times since boot is good to about 0.00001 ms. */
const ROUNDING_MS = 1e-3

/** What holds for all exposures between two `apply` of one instrument. */
export interface ExposurePlan {
  readonly where: string
  readonly identity: Pick<Identity, 'fullScale' | 'integrationUs'>
  readonly axis: Axis
  /** Of the axis: `uncalibrated` or none. */
  readonly flags: readonly Flag[]
  readonly averages: number
  /** Monotonic milliseconds when the settings were acknowledged. */
  readonly appliedAtMs: number
}

/** Frames become one exposure. */
export interface Averaging {
  /**
   * Counts one frame in, or leaves everything as it was.
   * @throws Failure STALE_FRAME for a frame that cannot have been exposed with these settings, BAD_FRAME for one of another shape.
   */
  add(frame: Frame): void
  /** The mean of the frames so far. Once, after the last. */
  finish(clock: Clock): Exposure
}

/** Starts an exposure. Nothing is allocated but what the exposure hands on. */
export const averaging = ({ where, identity, axis, flags, averages, appliedAtMs }: ExposurePlan): Averaging => {
  const pixels = axis.values.length
  const { fullScale } = identity
  const counts = new Float64Array(pixels)
  const saturated = new Uint8Array(pixels)
  let taken = 0
  let mismatch = false
  let degrees = 0
  let temperatures = 0
  let last: Frame | null = null
  return {
    add(frame) {
      checkFresh(frame, appliedAtMs, where)
      checkShape(frame, pixels, where)
      const from = frame.counts
      for (let i = 0; i < pixels; i++) {
        const count = from[i] ?? 0
        counts[i] = (counts[i] ?? 0) + count
        if (count >= fullScale) saturated[i] = 1
      }
      taken++
      mismatch ||= differs(frame, identity.integrationUs.step)
      if (frame.temperatureC !== null) {
        degrees += frame.temperatureC
        temperatures++
      }
      last = frame
    },
    finish(clock) {
      if (last === null) throw new Failure('INVARIANT', { where, seen: 'an exposure without frames' })
      if (taken > 1) for (let i = 0; i < pixels; i++) counts[i] = (counts[i] ?? 0) / taken
      const { applied, exposureEndMs } = last
      const integrationUs = actual(applied.integrationUs)
      return {
        axis,
        counts,
        saturated,
        acquisition: {
          integrationUs,
          gain: applied.gain && actual(applied.gain),
          binning: applied.binning && actual(applied.binning),
          averages,
          exposureMs: (averages * integrationUs) / 1000,
          temperatureC: temperatures === 0 ? null : degrees / temperatures,
        },
        endMs: exposureEndMs,
        endWallMs: clock.wallMs() - (clock.monotonicMs() - exposureEndMs),
        flags: mismatch ? [...flags, 'setting-mismatch'] : flags,
      }
    },
  }
}

/** What the instrument really does, as far as it can be known. */
const actual = ({ readBack, rounded }: AppliedValue): number => readBack ?? rounded

/** Asked for after the settings were acknowledged, and not here sooner than its exposure takes (DESIGN section 4, freshness). */
const checkFresh = ({ exposureStartMs, exposureEndMs, applied }: Frame, appliedAtMs: number, where: string): void => {
  const exposureMs = actual(applied.integrationUs) / 1000
  const tookMs = exposureEndMs - exposureStartMs
  if (!(tookMs >= exposureMs - ROUNDING_MS))
    throw new Failure('STALE_FRAME', { where, seen: `a frame after ${tookMs} ms`, allowed: `no sooner than ${exposureMs} ms` })
  if (!(exposureStartMs >= appliedAtMs - ROUNDING_MS))
    throw new Failure('STALE_FRAME', { where, seen: `a frame begun ${appliedAtMs - exposureStartMs} ms before the settings were acknowledged` })
}

const checkShape = ({ counts }: Frame, pixels: number, where: string): void => {
  if (counts.length !== pixels) throw new Failure('BAD_FRAME', { where, seen: `${counts.length} counts`, allowed: `${pixels}` })
  // One sum tells of any count that is not a number: it spreads.
  let sum = 0
  for (let i = 0; i < pixels; i++) sum += counts[i] ?? 0
  if (!Number.isFinite(sum)) throw new Failure('BAD_FRAME', { where, seen: 'a count that is not a number' })
}

/** Exposure may be off by one step of its rounding; gain and binning are codes and may not. */
const differs = ({ applied: { integrationUs, gain, binning } }: Frame, stepUs: number): boolean =>
  off(integrationUs, stepUs) || (gain !== null && off(gain, 0)) || (binning !== null && off(binning, 0))

const off = ({ readBack, rounded }: AppliedValue, by: number): boolean => readBack !== null && Math.abs(readBack - rounded) > by
