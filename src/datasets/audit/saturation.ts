import type { Dataset } from '../folder.js'
import type { QuantityKind } from '../meta.js'
import { type Finding, finding } from './finding.js'

/** Kinds whose numbers end at one ceiling of the detector for the whole set. */
const withCeiling: readonly QuantityKind[] = ['counts', 'counts-no-reference', 'intensity']

/** Kinds whose numbers were divided by a reference: what the detector cut off ends at another height in each spectrum. */
const ratios: readonly QuantityKind[] = ['reflectance', 'reflectance-percent', 'transmittance', 'absorbance']

/** Values at the highest one of the set, from so many on: by chance there is one. */
const MIN_AT_CEILING = 3

/** Of these in one spectrum, where spectra may have been scaled to the same height before: then each has one. */
const MIN_IN_SCALED = 2

/** Channels in a row at the highest value of their spectrum that make a cut-off top. */
const MIN_FLAT_TOP = 3

/** A cut top of a ratio falls off at once, by this many of the smallest steps in its spectrum; rounding a smooth top leaves one such step. */
const MIN_EDGE_STEPS = 5

/** Spectra cut off at the top: the detector was full or, in an absorbance, empty. `scaled` is not looked at: nobody knows of what the numbers are. */
export const saturatedSpectra = (dataset: Dataset): readonly Finding[] => {
  const { quantity_kind: kind } = dataset.meta
  if (withCeiling.includes(kind)) return atCeiling(dataset)
  if (!ratios.includes(kind)) return []
  const cut = dataset.rows.filter(({ values }) => isCut(values))
  if (cut.length === 0) return []
  const cause = kind === 'absorbance' ? 'there was too little light left to measure' : 'the detector was full'
  const text = `${cut.length} spectra have a flat top of ${MIN_FLAT_TOP} or more equal values, as where ${cause}: measure them again with another exposure, or leave them out with --drop`
  return [
    finding(
      'saturated',
      text,
      cut.map(({ id }) => id),
    ),
  ]
}

const atCeiling = ({ meta, rows }: Dataset): readonly Finding[] => {
  const ceiling = rows.reduce((top, { values }) => values.reduce((high, value) => (value > high ? value : high), top), Number.NEGATIVE_INFINITY)
  const counts = rows.map(({ values }) => values.reduce((count, value) => (value === ceiling ? count + 1 : count), 0))
  const repeated = counts.reduce((sum, count) => sum + count, 0) >= MIN_AT_CEILING
  const enough = meta.quantity_kind === 'intensity' ? MIN_IN_SCALED : 1
  const saturated = rows.filter(({ values }, n) => (repeated && (counts[n] ?? 0) >= enough) || flatTop(values).channels >= MIN_FLAT_TOP)
  if (saturated.length === 0) return []
  const text = `${saturated.length} spectra look saturated (several values at the ceiling of ${ceiling}, or a flat top): measure them again with a shorter exposure, or leave them out with --drop`
  return [
    finding(
      'saturated',
      text,
      saturated.map(({ id }) => id),
    ),
  ]
}

const isCut = (values: Float64Array): boolean => {
  const { channels, end, high } = flatTop(values)
  if (channels < MIN_FLAT_TOP) return false
  const steps = Array.from(values.subarray(1), (value, i) => Math.abs(value - (values[i] ?? Number.NaN))).filter((step) => step > 0)
  const smallest = steps.reduce((least, step) => Math.min(least, step), Number.POSITIVE_INFINITY)
  const falls = [values[end - channels], values[end + 1]].flatMap((beside) => (beside === undefined || Number.isNaN(beside) ? [] : [high - beside]))
  return falls.length > 0 && falls.every((fall) => fall > MIN_EDGE_STEPS * smallest)
}

/** Longest run of channels at the highest value of a spectrum, if that stands out of it at all, and the channel where it ends. */
const flatTop = (values: Float64Array): { readonly channels: number; readonly end: number; readonly high: number } => {
  let [high, low] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const value of values) {
    if (value > high) high = value
    if (value < low) low = value
  }
  let [run, channels, end] = [0, 0, -1]
  if (high > low)
    for (const [i, value] of values.entries()) {
      run = value === high ? run + 1 : 0
      if (run > channels) [channels, end] = [run, i]
    }
  return { channels, end, high }
}
