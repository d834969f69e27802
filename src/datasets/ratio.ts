import { Failure } from '../failures.js'
import type { Axis } from '../spectrum/axis.js'
import type { Dataset } from './folder.js'
import type { QuantityKind } from './meta.js'

/** A ratio that stands for the brightest light of a set whose numbers have no absolute meaning. */
const BRIGHTEST_RATIO = 0.8

/** Kinds without an absolute meaning. */
const relative: readonly QuantityKind[] = ['counts', 'counts-no-reference', 'intensity', 'scaled']

/** Share of all values of a set below its brightest one: the few above are spikes. */
const BRIGHTEST_SHARE = 0.999

/**
 * Values of a data set as ratios (1 is the reference): absorbance A becomes 10^-A, percent is divided by 100, reflectance and
 * transmittance stay. Counts, intensity and scaled values have no absolute meaning: they are scaled so that `brightest` (see
 * `brightestOf`) becomes 0.8, which keeps a set's spectra in proportion to each other. NaN stays NaN.
 */
export const toRatio = (kind: QuantityKind, values: Float64Array, brightest: number): Float64Array => {
  switch (kind) {
    case 'absorbance':
      return values.map((value) => 10 ** -value)
    case 'reflectance-percent':
      return values.map((value) => value / 100)
    case 'reflectance':
    case 'transmittance':
      return values.slice()
    case 'counts':
    case 'counts-no-reference':
    case 'intensity':
    case 'scaled':
      return values.map((value) => (value / brightest) * BRIGHTEST_RATIO)
  }
}

/**
 * The value below which 99.9 % of all values of the set lie.
 * @throws Failure DATA_INVALID if that is not above zero.
 */
export const brightestOf = (dataset: Dataset): number => {
  const all = Float64Array.from(dataset.rows.flatMap((row) => [...row.values].filter(Number.isFinite))).sort()
  const value = all[Math.floor(BRIGHTEST_SHARE * (all.length - 1))] ?? 0
  if (value > 0) return value
  throw new Failure('DATA_INVALID', { where: dataset.name, seen: `a brightest value of ${value}`, allowed: 'values above zero' })
}

/** How the rows of a set become ratios; its brightest value is looked for only where it counts. */
export const converterOf = (dataset: Dataset): ((values: Float64Array) => Float64Array) => {
  const kind = dataset.meta.quantity_kind
  const brightest = relative.includes(kind) ? brightestOf(dataset) : BRIGHTEST_RATIO
  return (values) => toRatio(kind, values, brightest)
}

/**
 * A ratio on another axis of the same kind. Linear in absorbance between two positive neighbours (so that a steep band keeps its
 * shape), linear in the ratio otherwise; NaN outside the own axis and beside a NaN.
 * @throws Failure DATA_INVALID if the kinds differ: nm cannot become cm-1 without knowing what was measured.
 */
export const onAxis = (axis: Axis, ratio: Float64Array, target: Axis): Float64Array => {
  if (axis.kind !== target.kind)
    throw new Failure('DATA_INVALID', { where: 'axis of the data', seen: axis.kind, allowed: `${target.kind}, as the instrument has it` })
  let left = 0
  return target.values.map((x) => {
    while (left < axis.values.length - 2 && (axis.values[left + 1] ?? 0) <= x) left++
    const x0 = axis.values[left] ?? Number.NaN
    const x1 = axis.values[left + 1] ?? Number.NaN
    if (x < x0 || x > x1) return Number.NaN
    const share = (x - x0) / (x1 - x0)
    return between(ratio[left] ?? Number.NaN, ratio[left + 1] ?? Number.NaN, share)
  })
}

const between = (a: number, b: number, share: number): number => {
  if (share === 0) return a
  if (share === 1) return b
  return a > 0 && b > 0 ? a ** (1 - share) * b ** share : a + share * (b - a)
}
