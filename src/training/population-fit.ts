import type { Population } from '../datasets/population.js'
import type { Axis } from '../spectrum/axis.js'
import { dot, fitPcaBy } from './pca.js'
import { sixDigits } from './prepare.js'

export interface PopulationFit {
  readonly name: string
  readonly source: string
  readonly axis: Axis
  /** `absorbance`, or `counts-per-ms` for what has none. */
  readonly quantity: Population['quantity']
  /** In that quantity, one row an object, on the axis. */
  readonly rows: readonly Float64Array[]
  readonly assays: readonly number[]
  readonly unit: string
  /** At most; fewer where the rows span fewer directions. */
  readonly components: number
}

/** Rows that a model is fitted to: more would cost minutes and change nothing that can be seen. */
const MAX_ROWS = 300

/**
 * The joint statistical model of spectrum and assay: PCA of rows to which the assay is appended as one more channel, weighted so that
 * it varies as much as the whole spectrum does. The first components then carry the assay and what goes with it in the spectrum.
 */
export const fitPopulation = (fit: PopulationFit): Population => {
  const { name, source, quantity, axis, unit } = fit
  const stride = Math.max(1, fit.rows.length / MAX_ROWS)
  const chosen = fit.rows.flatMap((_, n) => (Math.floor(n / stride) !== Math.floor((n - 1) / stride) ? [n] : []))
  const rows = chosen.flatMap((n) => fit.rows[n] ?? [])
  const assays = chosen.map((n) => fit.assays[n] ?? 0)
  const channels = axis.values.length
  const assaySpread = totalVariance(assays.map((assay) => Float64Array.of(assay)))
  // One material, or one value alone: nothing of the spectrum goes with it.
  const weight = assaySpread > 0 ? Math.sqrt(totalVariance(rows) / assaySpread) : 1
  const joint = rows.map((row, n) => Float64Array.from([...row, (assays[n] ?? Number.NaN) * weight]))
  const { mean, loadings, variances } = fitPcaBy(joint, () => Math.min(fit.components, rows.length - 2))
  const components = loadings.length
  const left = joint.map((row) => {
    const rest = row.map((value, i) => value - (mean[i] ?? 0))
    for (const loading of loadings) {
      const score = dot(rest, loading)
      loading.forEach((value, i) => {
        rest[i] = (rest[i] ?? 0) - score * value
      })
    }
    return rest
  })
  // What is left has lost one degree of freedom to the mean and one to each component.
  const spread = (i: number) => Math.sqrt(left.reduce((sum, rest) => sum + (rest[i] ?? 0) ** 2, 0) / Math.max(1, rows.length - 1 - components))
  return {
    format: 1,
    name,
    source,
    quantity,
    axis: { kind: axis.kind, values: [...axis.values] },
    assay: {
      unit,
      mean: sixDigits((mean[channels] ?? 0) / weight),
      low: fit.assays.reduce((least, assay) => Math.min(least, assay), Number.POSITIVE_INFINITY),
      high: fit.assays.reduce((most, assay) => Math.max(most, assay), Number.NEGATIVE_INFINITY),
      residualSd: sixDigits(spread(channels) / weight),
    },
    mean: [...mean.subarray(0, channels)].map(sixDigits),
    components: loadings.map((loading, a) => {
      const sd = Math.sqrt(variances[a] ?? 0)
      return {
        assay: sixDigits(((loading[channels] ?? 0) * sd) / weight),
        spectrum: [...loading.subarray(0, channels)].map((value) => sixDigits(value * sd)),
      }
    }),
    residual: {
      sd: Array.from({ length: channels }, (_, i) => sixDigits(spread(i))),
      correlation: sixDigits(neighbourCorrelation(left, channels)),
    },
  }
}

const totalVariance = (rows: readonly Float64Array[]): number => {
  const channels = rows[0]?.length ?? 0
  let sum = 0
  for (let i = 0; i < channels; i++) {
    const mean = rows.reduce((all, row) => all + (row[i] ?? 0) / rows.length, 0)
    sum += rows.reduce((all, row) => all + ((row[i] ?? 0) - mean) ** 2, 0) / (rows.length - 1)
  }
  return sum
}

const neighbourCorrelation = (left: readonly Float64Array[], channels: number): number => {
  let product = 0
  let first = 0
  let second = 0
  for (const rest of left)
    for (let i = 1; i < channels; i++) {
      const a = rest[i - 1] ?? 0
      const b = rest[i] ?? 0
      product += a * b
      first += a * a
      second += b * b
    }
  return first > 0 && second > 0 ? product / Math.sqrt(first * second) : 0
}
