import { whiteGain } from '../preprocessing/white-gain.js'
import type { Flag } from '../spectrum/flags.js'
import type { Measurement } from '../spectrum/measurement.js'
import type { Quantity } from '../spectrum/quantity.js'
import type { Reference } from '../spectrum/reference.js'
import { type DetectorFacts, lightOf } from './light.js'
import { choose, type Moment, type ReferenceRules } from './references.js'

/** Counts by which a white must exceed its dark on a pixel, else the pixel is masked: below, noise of a few counts moves the ratio by a tenth. */
export const MIN_WHITE_COUNTS = 50

/** A measurement after calibration. */
export interface Calibrated {
  readonly measurement: Measurement
  /** One value per pixel at `quantity`, its own array; NaN is the mask: saturated, white too dark, or a reference missing (then everywhere). */
  readonly ratio: Float64Array
  readonly quantity: Exclude<Quantity, 'counts'>
  /** Those of the measurement, then what the references raised; each once. */
  readonly flags: readonly Flag[]
  /** Ids of the references that were used. */
  readonly references: { readonly dark: string | null; readonly white: string | null }
}

export interface Calibration {
  /** @param references of this instrument, newest first */
  calibrate(measurement: Measurement, references: readonly Reference[], now: Moment): Calibrated
}

/**
 * Calibration of one instrument: saturation on raw counts, linearity, dark, then the ratio to the white times the attenuation of the filter
 * that the white was taken through; for `counts-per-ms` light over exposure, without a white. Keeps what belongs to the white in use.
 */
export const createCalibration = ({
  identity,
  policy,
  quantity,
}: {
  readonly identity: DetectorFacts
  readonly policy: ReferenceRules
  readonly quantity: Calibrated['quantity']
}): Calibration => {
  const light = lightOf(identity)
  const needsWhite = quantity !== 'counts-per-ms'
  // The gain of the white in use: references change a few times a day, spectra come many times a second.
  let kept: { id: string; integrationUs: number; gain: Float64Array } | null = null
  const gainOf = (white: Reference, dark: Float64Array, integrationUs: number): Float64Array => {
    if (kept?.id === white.id && kept.integrationUs === integrationUs) return kept.gain
    const bright = new Float64Array(white.counts.length)
    light(white.counts, dark, bright)
    white.counts.forEach((counts, i) => {
      if (counts >= identity.fullScale) bright[i] = Number.NaN
    })
    const gain = whiteGain(bright, white.integrationUs / integrationUs, 10 ** -white.density, MIN_WHITE_COUNTS)
    kept = { id: white.id, integrationUs, gain }
    return gain
  }
  return {
    calibrate: (measurement, references, now) => {
      const { axis, acquisition, counts, saturated } = measurement
      const { dark, white, flags } = choose(references, { axis: axis.id, acquisition }, now, policy)
      const ratio = new Float64Array(counts.length).fill(Number.NaN)
      const used = needsWhite ? white : null
      if (dark !== null && (!needsWhite || used?.dark)) {
        light(counts, dark.counts, ratio)
        const gain = used?.dark ? gainOf(used, used.dark.counts, acquisition.integrationUs) : null
        const perMs = 1000 / acquisition.integrationUs
        for (let i = 0; i < ratio.length; i++) {
          const full = saturated[i] === 1 || (counts[i] ?? 0) >= identity.fullScale
          ratio[i] = full ? Number.NaN : (ratio[i] ?? 0) * (gain ? (gain[i] ?? Number.NaN) : perMs)
        }
      }
      const raised = needsWhite ? flags : flags.filter((flag) => flag !== 'white-missing' && flag !== 'white-expired')
      return {
        measurement,
        ratio,
        quantity,
        flags: [...new Set([...measurement.flags, ...raised])],
        references: { dark: dark?.id ?? null, white: used?.id ?? null },
      }
    },
  }
}
