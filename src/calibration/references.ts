import type { Flag } from '../spectrum/flags.js'
import type { Acquisition } from '../spectrum/measurement.js'
import type { Reference } from '../spectrum/reference.js'

/** How long references hold (settings `references`). */
export interface ReferenceRules {
  readonly darkMaxAgeS: number
  readonly whiteMaxAgeS: number
  readonly maxTemperatureChangeC: number
}

/** The moment at which a reference is asked for. */
export interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
  /** Names the boot that `monotonicMs` counts in. */
  readonly boot: string
  readonly clockTrusted: boolean
}

/** What the reference is to serve: the axis id and the settings of a measurement. */
export interface Served {
  readonly axis: string
  readonly acquisition: Acquisition
}

export interface Choice {
  readonly dark: Reference | null
  readonly white: Reference | null
  /** `dark-missing`, `dark-expired`, `white-missing`, `white-expired`. */
  readonly flags: readonly Flag[]
}

/**
 * The dark and the white that serve a measurement (DESIGN section 5): the newest that has not expired, else the newest that has, with its flag.
 * Axis, gain and binning must be the same. A dark also needs the same exposure; a white may differ in exposure, it carries its own dark.
 * @param references newest first, of one instrument, as the store gives them
 */
export const choose = (references: readonly Reference[], served: Served, now: Moment, rules: ReferenceRules): Choice => {
  const fitting = references.filter((reference) => fits(reference, served))
  const darks = fitting.filter(({ kind, integrationUs }) => kind === 'dark' && integrationUs === served.acquisition.integrationUs)
  const whites = fitting.filter(({ kind, dark }) => kind === 'white' && dark !== null)
  const holds = (reference: Reference) => !isExpired(reference, served.acquisition, now, rules)
  const dark = darks.find(holds) ?? darks[0] ?? null
  const white = whites.find(holds) ?? whites[0] ?? null
  const flags: Flag[] = []
  if (dark === null) flags.push('dark-missing')
  else if (!holds(dark)) flags.push('dark-expired')
  if (white === null) flags.push('white-missing')
  else if (!holds(white)) flags.push('white-expired')
  return { dark, white, flags }
}

/** Expired: older than its kind's limit, or measured at a temperature that differs by the limit or more, where both are known. */
export const isExpired = (reference: Reference, { temperatureC }: Acquisition, now: Moment, rules: ReferenceRules): boolean => {
  const maxAgeMs = 1000 * (reference.kind === 'dark' ? rules.darkMaxAgeS : rules.whiteMaxAgeS)
  if (ageMs(reference, now) > maxAgeMs) return true
  if (temperatureC === null || reference.temperatureC === null) return false
  return Math.abs(temperatureC - reference.temperatureC) >= rules.maxTemperatureChangeC
}

/**
 * Age in ms: by the monotonic clock within one boot; across boots by the wall clock if it could be trusted at both ends; else without
 * bounds. A reference from the future says that one of the clocks was wrong: without bounds as well.
 */
export const ageMs = (reference: Reference, now: Moment): number => {
  if (reference.boot === now.boot) return Math.max(0, now.monotonicMs - reference.endMs)
  if (!reference.clockTrusted || !now.clockTrusted) return Number.POSITIVE_INFINITY
  const age = now.wallMs - Date.parse(reference.time)
  return age >= 0 ? age : Number.POSITIVE_INFINITY
}

const fits = (reference: Reference, { axis, acquisition }: Served): boolean =>
  reference.axis === axis && reference.gain === acquisition.gain && reference.binning === acquisition.binning
