import { type Axis, axisUnits } from '../../spectrum/axis.js'
import { type DrawnClass, type DrawnSpectra, MAX_DRAWN_POINTS } from '../report.js'

/** Classes that are drawn; the others are too many to be told apart in one picture. */
const MAX_CLASSES = 20

const LOW = 0.05
const HIGH = 0.95

/**
 * Mean and 5 to 95 % band of the spectra of each class, at no more points than a picture can show: every so many channels one. Quantiles are those of
 * the spectra nearest in rank.
 */
export const drawnSpectra = (
  axis: Axis,
  quantity: string,
  labels: readonly string[],
  truth: readonly number[],
  rows: readonly Float64Array[],
): DrawnSpectra => {
  const channels = axis.values.length
  const points = Math.min(channels, MAX_DRAWN_POINTS)
  const at = Array.from({ length: points }, (_, p) => Math.round((p * (channels - 1)) / Math.max(1, points - 1)))
  const classes = labels.slice(0, MAX_CLASSES).flatMap((label, c): DrawnClass[] => {
    const own = rows.filter((_, n) => truth[n] === c)
    if (own.length === 0) return []
    const sorted = at.map((i) => Float64Array.from(own, (row) => row[i] ?? Number.NaN).sort())
    const quantile = (share: number) => sorted.map((values) => short(values[Math.round(share * (values.length - 1))] ?? 0))
    return [
      {
        label,
        spectra: own.length,
        mean: sorted.map((values) => short(values.reduce((sum, value) => sum + value / values.length, 0))),
        low: quantile(LOW),
        high: quantile(HIGH),
      },
    ]
  })
  return { axisUnit: axisUnits[axis.kind], quantity, axis: at.map((i) => axis.values[i] ?? 0), classes }
}

/** Four digits are more than a line has. NaN, which JSON does not know, is drawn as nothing. */
const short = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(4)) : 0)
