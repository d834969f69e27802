import { medianOf } from '../../preprocessing/order-statistics.js'
import type { Finding } from '../contract.js'
import { argmax } from '../figures.js'
import { MAX_LISTED } from '../report.js'

/** Robust standard deviations from which on a spectrum stands out. */
export const OUTLYING = 4

/** Turns the median absolute deviation of a normal distribution into its standard deviation (1 / 0.6745). */
const MAD_TO_SD = 1.4826

/** A confident wrong answer has at least this score. */
const CONFIDENT = 0.99

export interface Outlier {
  readonly row: number
  readonly id: string
  /** `residual`: the value is far from what the model says; `distance`: the spectrum is far from what the gate's components reach. */
  readonly kind: 'residual' | 'distance'
  /** In robust standard deviations from the median. */
  readonly size: number
  /** A sentence for a person. */
  readonly reason: string
}

export interface OutlierTask {
  readonly ids: readonly string[]
  /** Q out of fold, by row (`fitJointGate`). */
  readonly q: Float64Array
  /** Prediction minus value, out of fold, by row, NaN where there is none; null for classes. */
  readonly residuals: ArrayLike<number> | null
  /** Calibrated scores out of fold by row, and the classes; null for values. Only told, never a reason to leave out. */
  readonly answers: {
    readonly scores: readonly (ArrayLike<number> | null)[]
    readonly truth: readonly number[]
    readonly labels: readonly string[]
  } | null
}

/**
 * Spectra that stand out: out-of-fold residual more than `OUTLYING` robust standard deviations (1.4826 MAD) from the median, or ln Q as far above it.
 * Nothing is done about them: they are listed, the farthest first, and a person who looks at them may leave them out by `--drop`.
 */
export const findOutliers = ({
  ids,
  q,
  residuals,
  answers,
}: OutlierTask): { readonly outliers: readonly Outlier[]; readonly findings: readonly Finding[] } => {
  const standing = (kind: Outlier['kind'], sizes: Float64Array, text: string): readonly Outlier[] =>
    [...sizes].flatMap((size, row) =>
      size > OUTLYING ? [{ row, id: ids[row] ?? '', kind, size, reason: `${text} ${size.toFixed(1)} robust sd from the middle` }] : [],
    )
  const outliers = [
    ...(residuals ? standing('residual', robust(residuals).map(Math.abs), 'value and answer differ: residual') : []),
    ...standing('distance', robust(q.map(Math.log)), 'unlike the others in shape: ln Q'),
  ].sort((a, b) => b.size - a.size || a.row - b.row)
  const named = [...new Set(outliers.map(({ id }) => id))]
  const findings: Finding[] = []
  if (named.length > 0)
    findings.push({
      code: 'outliers',
      text: `${spectra(named.length)} ${named.length === 1 ? 'stands' : 'stand'} out by more than ${OUTLYING} robust standard deviations. Nothing was left out: look at them, and leave out by --drop what was measured wrongly.`,
      ids: named.slice(0, MAX_LISTED),
      count: named.length,
    })
  return { outliers, findings: [...findings, ...(answers ? confidentlyWrong(ids, answers) : [])] }
}

const confidentlyWrong = (ids: readonly string[], { scores, truth, labels }: NonNullable<OutlierTask['answers']>): readonly Finding[] => {
  const wrong = scores.flatMap((own, row) => {
    if (!own) return []
    const top = argmax(own)
    return top !== truth[row] && (own[top] ?? 0) >= CONFIDENT ? [{ row, top }] : []
  })
  const [first] = wrong
  if (!first) return []
  const example = `"${ids[first.row] ?? ''}" is labelled ${labels[truth[first.row] ?? 0]} and looks like ${labels[first.top]}`
  return [
    {
      code: 'confidently-wrong',
      text: `${spectra(wrong.length)} got another label than their own with a score of ${CONFIDENT} or more (${example}): check whether the label is right.`,
      ids: wrong.slice(0, MAX_LISTED).map(({ row }) => ids[row] ?? ''),
      count: wrong.length,
    },
  ]
}

/** Distance of each value from the median in robust standard deviations; 0 where there is none, or where more than half are equal. */
const robust = (values: ArrayLike<number>): Float64Array => {
  const all = Float64Array.from(values)
  const finite = all.filter(Number.isFinite)
  const centre = medianOf(Float64Array.from(finite), finite.length)
  const sd =
    MAD_TO_SD *
    medianOf(
      Float64Array.from(finite, (value) => Math.abs(value - centre)),
      finite.length,
    )
  return all.map((value) => (sd > 0 && Number.isFinite(value) ? (value - centre) / sd : 0))
}

const spectra = (count: number): string => (count === 1 ? '1 spectrum' : `${count} spectra`)
