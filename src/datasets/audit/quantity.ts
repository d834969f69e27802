import type { Dataset } from '../folder.js'
import type { QuantityKind } from '../meta.js'
import { type Finding, finding } from './finding.js'

interface Range {
  /** A spectrum is doubtful if its median lies below `low` or above `high`; null where anything goes. */
  readonly low: number | null
  readonly high: number | null
  readonly unit: string
  readonly below: string
  readonly above: string
}

const ofOne: Range = { low: 0, high: 2, unit: 'from 0 to about 1', below: 'logarithms, or scaled', above: 'percent or counts' }

/** Where half of all channels of an honest spectrum lie, with room for fluorescence, dark samples and offsets; an absorbance of 6 is a millionth of the light. */
const ranges: Partial<Record<QuantityKind, Range>> = {
  reflectance: ofOne,
  transmittance: ofOne,
  'reflectance-percent': { low: 1, high: null, unit: 'from 0 to about 100', below: 'a share of 1', above: '' },
  absorbance: { low: -1, high: 6, unit: 'from 0 to about 3', below: 'scaled, or counts of a dark instrument', above: 'percent, counts or scaled' },
}

/** Spectra whose numbers do not look like the quantity that `meta.json` names: as a whole the wrong word, some of them another export among the rest. */
export const doubtfulQuantity = ({ meta, rows }: Dataset): readonly Finding[] => {
  const range = ranges[meta.quantity_kind]
  if (range === undefined) return []
  const medians = rows.map(({ values }) => median(values))
  const below = rows.filter((_, n) => range.low !== null && (medians[n] ?? range.low) < range.low)
  const above = rows.filter((_, n) => range.high !== null && (medians[n] ?? range.high) > range.high)
  const said = (which: readonly { readonly id: string }[], limit: string, looks: string): readonly Finding[] =>
    which.length === 0
      ? []
      : [
          finding(
            'quantity-doubtful',
            `${which.length} of ${rows.length} spectra are no ${meta.quantity_kind} (${range.unit}) by their looks: half of their values are ${limit}, as in ${looks}; ${which.length === rows.length ? 'name what they are in quantity_kind of meta.json, "scaled" where nobody knows' : 'give all spectra of a set in one quantity'}`,
            which.map(({ id }) => id),
          ),
        ]
  return [...said(below, `below ${range.low}`, range.below), ...said(above, `above ${range.high}`, range.above)]
}

/** Of the values that are there; NaN where none is. */
const median = (values: Float64Array): number => {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  return sorted[sorted.length >> 1] ?? Number.NaN
}
