import type { InstrumentState } from '../instruments/runtime.js'
import { axisUnits } from '../spectrum/axis.js'
import type { Result } from '../spectrum/result.js'

/** `instrument/<id>/state`: where it stands, whether the newest answer had references that hold, and why not. */
export const stateOf = (state: InstrumentState, newest: Result | null) => ({
  state: state.at,
  calibrated: newest === null ? null : !newest.flags.some((flag) => uncalibrating.includes(flag)),
  reason: state.at === 'fault' ? { code: state.failure.code, message: state.failure.message } : null,
  retryInMs: state.at === 'fault' ? state.retryInMs : null,
})

const uncalibrating: readonly string[] = ['dark-missing', 'dark-expired', 'white-missing', 'white-expired']

/** `instrument/<id>/info`: identity, limits, axis. */
export const infoOf = (state: Extract<InstrumentState, { at: 'connected' }>, where: string) => {
  const { identity, axis, applied } = state
  const { family, model, serial, firmware, fullScale, integrationUs, darkPixels, linearity } = identity
  const { kind, values, id } = axis
  return {
    link: where,
    family,
    model,
    serial,
    firmware,
    pixels: applied.pixels,
    fullScaleCounts: fullScale,
    integrationUs,
    darkPixels,
    linearity,
    settings: { integrationUs: applied.integrationUs, gain: applied.gain, binning: applied.binning },
    axis: { id, kind, unit: axisUnits[kind], first: values[0] ?? null, last: values.at(-1) ?? null, channels: values.length },
  }
}

/** Counts of one instrument since the start, for `health`. */
export interface Counters {
  readonly instrument: string
  accepted: number
  unknown: number
  rejected: number
  badFrames: number
  triggersMissed: number
}

export const newCounters = (instrument: string): Counters => ({ instrument, accepted: 0, unknown: 0, rejected: 0, badFrames: 0, triggersMissed: 0 })

/** Spectra per second and instrument between two looks at the counters. */
export const rates = (before: readonly Counters[], now: readonly Counters[], seconds: number): Readonly<Record<string, number>> => {
  const total = ({ accepted, unknown, rejected }: Counters) => accepted + unknown + rejected
  return Object.fromEntries(
    now.map((counters) => {
      const earlier = before.find(({ instrument }) => instrument === counters.instrument)
      return [counters.instrument, Math.round(((total(counters) - (earlier ? total(earlier) : 0)) / seconds) * 1000) / 1000]
    }),
  )
}
