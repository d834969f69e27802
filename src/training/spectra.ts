import type { Dataset, Row } from '../datasets/folder.js'
import type { DatasetMeta, QuantityKind } from '../datasets/meta.js'
import { converterOf, onAxis } from '../datasets/ratio.js'
import type { Manifest } from '../models/manifest.js'
import { type Axis, axisUnits, makeAxis } from '../spectrum/axis.js'
import type { Finding } from './contract.js'
import { MAX_LISTED } from './report.js'

type Input = Manifest['input']

/** What a bundle asks of the instrument. Numbers without an absolute meaning stand for dark-corrected counts per millisecond. */
export interface MeasuredAs {
  readonly quantity: Input['quantity']
  readonly geometry: Input['geometry']
}

/** Spectra of the rows in the quantity of the bundle, on one axis; NaN is a missing value that could not be filled. */
export interface Spectra extends MeasuredAs {
  readonly axis: Axis
  readonly values: readonly Float64Array[]
  readonly findings: readonly Finding[]
}

/** Neighbouring channels without a value that are filled in a straight line: more could hide a band. */
export const MAX_GAP_CHANNELS = 5

/** Share of the channels that may be cut off at the ends so that spectra without values there can take part. */
export const MAX_CUT_SHARE = 0.1

const ratioKinds: readonly QuantityKind[] = ['absorbance', 'reflectance', 'reflectance-percent', 'transmittance']

export const measuredAs = ({ quantity_kind, geometry }: DatasetMeta): MeasuredAs => {
  if (!ratioKinds.includes(quantity_kind))
    return { quantity: 'counts-per-ms', geometry: geometry === 'unknown' ? 'emission-or-scattering' : geometry }
  const quantity = geometry === 'transmittance' ? 'transmittance' : 'reflectance'
  return { quantity, geometry: quantity }
}

/**
 * Rows of a set as the model's instrument would measure them. Short gaps are filled; ends that some spectra lack are cut from all where that costs
 * little. On another `instrument` axis nothing is cut: its recipe says what it needs.
 * @throws Failure DATA_INVALID where the kinds of the axes differ.
 */
export const spectraOf = (dataset: Dataset, rows: readonly Row[], instrument: Axis | null): Spectra => {
  const as = measuredAs(dataset.meta)
  const convert = as.quantity === 'counts-per-ms' ? (values: Float64Array) => values.slice() : converterOf(dataset)
  const filledIds: string[] = []
  let filled = 0
  const whole = rows.map(({ id, values }) => {
    const { out, count } = withoutGaps(dataset.axis, values)
    if (count > 0) filledIds.push(id)
    filled += count
    return convert(out)
  })
  const findings: Finding[] = []
  if (filled > 0)
    findings.push({
      code: 'gaps-filled',
      text: `${filled} missing ${filled === 1 ? 'value was' : 'values were'} filled from the neighbours, in gaps of at most ${MAX_GAP_CHANNELS} channels`,
      ids: filledIds.slice(0, MAX_LISTED),
      count: filledIds.length,
    })
  if (instrument) return { ...as, axis: instrument, values: whole.map((values) => onAxis(dataset.axis, values, instrument)), findings }
  const [from, to] = commonBand(whole)
  if (from === 0 && to === dataset.axis.values.length) return { ...as, axis: dataset.axis, values: whole, findings }
  const axis = makeAxis(dataset.axis.kind, dataset.axis.values.subarray(from, to))
  const text = `spectra lack values at the ends: all are used from ${axis.values[0]} to ${axis.values.at(-1)} ${axisUnits[axis.kind]}`
  findings.push({ code: 'band-cut', text, ids: [], count: dataset.axis.values.length - (to - from) })
  return { ...as, axis, values: whole.map((values) => values.slice(from, to)), findings }
}

/** Short gaps between two values filled in a straight line along the axis; longer ones and the ends stay NaN. */
const withoutGaps = ({ values: at }: Axis, values: Float64Array): { out: Float64Array; count: number } => {
  const out = values.slice()
  let count = 0
  let last = -1
  for (let i = 0; i < out.length; i++) {
    if (Number.isNaN(out[i])) continue
    const gap = i - last - 1
    if (last >= 0 && gap > 0 && gap <= MAX_GAP_CHANNELS) {
      const [x0, x1, y0, y1] = [at[last] ?? 0, at[i] ?? 1, out[last] ?? 0, out[i] ?? 0]
      for (let k = last + 1; k < i; k++) out[k] = y0 + ((y1 - y0) * ((at[k] ?? x0) - x0)) / (x1 - x0)
      count += gap
    }
    last = i
  }
  return { out, count }
}

/** Channels [from, to) that all spectra hold, spectra that would cost more than their share of a cut left aside. */
const commonBand = (spectra: readonly Float64Array[]): [number, number] => {
  const channels = spectra[0]?.length ?? 0
  const ends = spectra.map((values) => {
    const first = values.findIndex((value) => !Number.isNaN(value))
    const last = values.findLastIndex((value) => !Number.isNaN(value))
    return { first, cut: first < 0 ? channels : first + (channels - 1 - last), last }
  })
  const cheap = ends.filter(({ cut }) => cut <= MAX_CUT_SHARE * channels)
  const from = Math.max(0, ...cheap.map(({ first }) => first))
  const to = Math.min(channels, ...cheap.map(({ last }) => last + 1))
  return channels - (to - from) <= MAX_CUT_SHARE * channels ? [from, to] : [0, channels]
}
