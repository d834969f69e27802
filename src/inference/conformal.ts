import { indexOfLargest } from './scores.js'

/** Takes rounding off (n + 1)(1 - alpha), which is a whole number at the sizes that people choose. */
const ROUNDING = 1e-9

/**
 * The ceil((n + 1)(1 - alpha))-th smallest of n calibration scores: the score of one more of the same kind is at or below it with probability 1 - alpha
 * at least (split conformal prediction; Vovk, Gammerman, Shafer 2005, proposition 4.1). Null where n < ceil(1 / alpha) - 1: no score bounds it then.
 * @param scores ascending
 */
export const conformalQuantile = (scores: ArrayLike<number>, alpha: number): number | null =>
  scores[Math.ceil((scores.length + 1) * (1 - alpha) - ROUNDING) - 1] ?? null

/** Calibration scores as a bundle has them: of all objects, and of those labels that have enough of their own. Ascending. */
export interface Calibration {
  readonly alpha: number
  readonly pooled: readonly number[]
  readonly classes: Readonly<Record<string, readonly number[]>>
}

/** For each label the largest 1 - score that stands: by its own scores, else by the pooled ones. Null where a label has no bound at all. */
export const boundsOf = ({ alpha, pooled, classes }: Calibration, labels: readonly string[]): Float64Array | null => {
  const all = conformalQuantile(pooled, alpha)
  const bounds = labels.map((label) => (Object.hasOwn(classes, label) ? conformalQuantile(classes[label] ?? [], alpha) : null) ?? all)
  return bounds.includes(null) ? null : Float64Array.from(bounds, (bound) => bound ?? 0)
}

/**
 * Every label whose 1 - score is within its bound (LAC; Sadinle, Lei, Wasserman, JASA 114:223, 2019), the top label first even where it is not: an empty
 * set would say nothing. From the highest score down, the earlier label first where scores are equal.
 */
export const conformalSet = (labels: readonly string[], scores: Float64Array, bounds: Float64Array): readonly string[] => {
  const top = indexOfLargest(scores)
  const others: number[] = []
  for (let i = 0; i < scores.length; i++) if (i !== top && 1 - (scores[i] ?? 0) <= (bounds[i] ?? 0)) others.push(i)
  // The common case: one label stands, and nothing is sorted for it.
  if (others.length > 1) others.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
  return [top, ...others].map((i) => labels[i] ?? '')
}
