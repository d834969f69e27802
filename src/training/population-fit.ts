import type { Population } from '../datasets/population.js'
import type { Axis } from '../spectrum/axis.js'
import { dot, fitPca } from './pca.js'
import { sixDigits } from './prepare.js'

export interface PopulationFit {
  readonly name: string
  readonly source: string
  readonly axis: Axis
  /** Absorbance, one row an object, on the axis. */
  readonly rows: readonly Float64Array[]
  readonly assays: readonly number[]
  readonly unit: string
  readonly components: number
}

/**
 * The joint statistical model of spectrum and assay: PCA of rows to which the assay is appended as one more channel, weighted so that
 * it varies as much as the whole spectrum does. The first components then carry the assay and what goes with it in the spectrum.
 */
export const fitPopulation = ({ name, source, axis, rows, assays, unit, components }: PopulationFit): Population => {
  const channels = axis.values.length
  const weight = Math.sqrt(totalVariance(rows) / totalVariance(assays.map((assay) => Float64Array.of(assay))))
  const joint = rows.map((row, n) => Float64Array.from([...row, (assays[n] ?? Number.NaN) * weight]))
  const { mean, loadings, variances } = fitPca(joint, components)
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
  const spread = (i: number) => Math.sqrt(left.reduce((sum, rest) => sum + (rest[i] ?? 0) ** 2, 0) / (rows.length - 1 - components))
  return {
    format: 1,
    name,
    source,
    quantity: 'absorbance',
    axis: { kind: axis.kind, values: [...axis.values] },
    assay: {
      unit,
      mean: sixDigits((mean[channels] ?? 0) / weight),
      low: Math.min(...assays),
      high: Math.max(...assays),
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
  return product / Math.sqrt(first * second)
}
