import { Failure } from '../failures.js'
import type { Axis } from '../spectrum/axis.js'
import type { Acquisition } from '../spectrum/measurement.js'
import type { Reference, ReferenceKind } from '../spectrum/reference.js'
import { MIN_WHITE_COUNTS } from './calibrate.js'

/** Largest optical density of a filter that a white may be taken through: beyond it no light is left to measure. */
export const MAX_DENSITY = 6
/** A dark whose mean is above this part of full scale was taken with the light on. */
export const DARK_MAX_SHARE = 0.5
/** A dark whose mean exceeds the one that still holds by more than this part of full scale was taken with light leaking in. */
export const DARK_RISE_MAX_SHARE = 0.05

/** One averaged exposure, as the supervisor gives it. */
export interface ExposedCounts {
  readonly axis: Axis
  readonly counts: Float64Array
  readonly saturated: Uint8Array
  readonly acquisition: Acquisition
  readonly endMs: number
  readonly endWallMs: number
}

export interface ReferenceParts {
  readonly id: string
  readonly kind: ReferenceKind
  readonly instrument: string
  readonly exposure: ExposedCounts
  /** Optical density of the filter a white is taken through; 0 for none, and for a dark. */
  readonly density: number
  /** For a white: the dark that holds at its exposure. For a dark: the one that still holds at the same settings, to compare with; null: none. */
  readonly dark: Reference | null
  readonly fullScale: number
  readonly boot: string
  readonly clockTrusted: boolean
}

/** A reference from an exposure. @throws Failure REFERENCE_INVALID with what to do, when it cannot serve as one. */
export const makeReference = (parts: ReferenceParts): Reference => {
  const { id, kind, instrument, exposure, density, boot, clockTrusted } = parts
  const { axis, counts, acquisition, endMs, endWallMs } = exposure
  const { integrationUs, gain, binning, averages, temperatureC } = acquisition
  if (counts.length !== axis.values.length || !counts.every(Number.isFinite))
    throw refused(kind, `${counts.length} counts for ${axis.values.length} channels, or one that is no number`, 'one finite count per channel')
  const dark = kind === 'white' ? darkOfWhite(parts) : checkedDark(parts)
  return {
    id,
    kind,
    instrument,
    axis: axis.id,
    integrationUs,
    gain,
    binning,
    averages,
    temperatureC,
    counts: Float64Array.from(counts),
    dark,
    density,
    time: new Date(endWallMs).toISOString(),
    endMs,
    boot,
    clockTrusted,
  }
}

const checkedDark = ({ kind, exposure, density, dark, fullScale }: ReferenceParts): null => {
  const cure = 'close the shutter or cover the probe, then measure the dark again'
  if (density !== 0) throw refused(kind, `density ${density}`, '0 for a dark', 'give the density with the white')
  const level = mean(exposure.counts)
  const full = saturatedPixels(exposure, fullScale)
  if (full > 0) throw refused(kind, `${full} pixels at full scale`, 'no light at all', cure)
  if (level > DARK_MAX_SHARE * fullScale)
    throw refused(kind, `a mean of ${level.toFixed(0)} counts`, `at most ${(DARK_MAX_SHARE * fullScale).toFixed(0)} without light`, cure)
  if (dark === null || !sameSettings(dark, exposure)) return null
  const allowed = mean(dark.counts) + DARK_RISE_MAX_SHARE * fullScale
  if (level > allowed)
    throw refused(
      kind,
      `a mean of ${level.toFixed(0)} counts, the dark before had ${mean(dark.counts).toFixed(0)}`,
      `at most ${allowed.toFixed(0)}`,
      cure,
    )
  return null
}

const darkOfWhite = ({ kind, exposure, density, dark, fullScale }: ReferenceParts): NonNullable<Reference['dark']> => {
  const { integrationUs } = exposure.acquisition
  if (!(density >= 0 && density <= MAX_DENSITY))
    throw refused(kind, `density ${density}`, `0 to ${MAX_DENSITY}`, 'give the optical density of the filter, 0 for none')
  const full = saturatedPixels(exposure, fullScale)
  if (full > 0)
    throw refused(
      kind,
      `${full} pixels at full scale at ${integrationUs} microseconds`,
      `counts below ${fullScale} on every pixel`,
      'shorten the exposure, or take the white through a filter and give its density',
    )
  if (dark === null || dark.kind !== 'dark' || !sameSettings(dark, exposure))
    throw refused(
      kind,
      'no dark that holds at these settings',
      `a dark at ${integrationUs} microseconds with the same gain and binning`,
      `measure a dark at ${integrationUs} microseconds first`,
    )
  const light = mean(exposure.counts) - mean(dark.counts)
  if (light < MIN_WHITE_COUNTS)
    throw refused(
      kind,
      `a mean of ${light.toFixed(1)} counts above its dark`,
      `at least ${MIN_WHITE_COUNTS}`,
      'switch the lamp on, open the shutter, place the white standard, or lengthen the exposure',
    )
  return { id: dark.id, counts: dark.counts }
}

const sameSettings = (reference: Reference, { axis, acquisition }: ExposedCounts): boolean =>
  reference.axis === axis.id &&
  reference.integrationUs === acquisition.integrationUs &&
  reference.gain === acquisition.gain &&
  reference.binning === acquisition.binning

const saturatedPixels = ({ counts, saturated }: ExposedCounts, fullScale: number): number =>
  counts.reduce((sum, count, i) => sum + (count >= fullScale || saturated[i] === 1 ? 1 : 0), 0)

const mean = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0) / counts.length

const refused = (kind: ReferenceKind, seen: string, allowed: string, cure?: string): Failure =>
  new Failure('REFERENCE_INVALID', { where: kind, seen, allowed, ...(cure === undefined ? {} : { cure }) })
