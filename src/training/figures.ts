import type { Random } from '../spectrum/random.js'

/** Rows: the true class; columns: the predicted one; entries: number of spectra. */
export type Confusion = readonly (readonly number[])[]

export interface Figure {
  readonly value: number
  /** 95 % interval, null where none was computed. */
  readonly interval: [number, number] | null
}

export const confusionOf = (truth: readonly number[], predicted: readonly number[], classes: number): Confusion => {
  const table = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  truth.forEach((label, n) => {
    const row = table[label]
    const column = predicted[n]
    if (row && column !== undefined) row[column] = (row[column] ?? 0) + 1
  })
  return table
}

/** Mean over the classes that occur of the share of their spectra that was recognised. */
export const balancedAccuracy = (confusion: Confusion): number => {
  const recalls = confusion.flatMap((row, label) => {
    const total = row.reduce((sum, n) => sum + n, 0)
    return total === 0 ? [] : [(row[label] ?? 0) / total]
  })
  return recalls.reduce((sum, recall) => sum + recall / recalls.length, 0)
}

/** Redrawn sets of a bootstrap. */
const REDRAWS = 1000

/**
 * Balanced accuracy over several noise draws of the same objects: `predicted[d][n]` is draw d of object n. The interval is the
 * 2.5 to 97.5 % percentile bootstrap over objects within each class (the draws of one object stay together).
 */
export const balancedFigure = (truth: readonly number[], predicted: readonly (readonly number[])[], random: Random): Figure => {
  const right = truth.map((label, n) => predicted.filter((draw) => draw[n] === label).length / predicted.length)
  const groups = [...new Set(truth)].sort((a, b) => a - b).map((label) => right.filter((_, n) => truth[n] === label))
  const redrawn = Array.from({ length: REDRAWS }, () =>
    meanOfMeans(groups.map((group) => group.map(() => group[Math.floor(random.uniform() * group.length)] ?? 0))),
  ).sort((a, b) => a - b)
  return { value: meanOfMeans(groups), interval: [redrawn[Math.floor(0.025 * REDRAWS)] ?? 0, redrawn[Math.ceil(0.975 * REDRAWS) - 1] ?? 1] }
}

/** Share `hits / total` with its Wilson 95 % interval (E. B. Wilson, J. Am. Stat. Assoc. 22:209, 1927). */
export const shareFigure = (hits: number, total: number): Figure => {
  if (total === 0) return { value: 0, interval: null }
  const z = 1.959964
  const p = hits / total
  const centre = (p + (z * z) / (2 * total)) / (1 + (z * z) / total)
  const half = (z / (1 + (z * z) / total)) * Math.sqrt((p * (1 - p)) / total + (z * z) / (4 * total * total))
  return { value: p, interval: [Math.max(0, centre - half), Math.min(1, centre + half)] }
}

/** Share of positions at which two lists of labels agree. */
export const agreement = (a: readonly number[], b: readonly number[]): number => a.filter((label, n) => label === b[n]).length / a.length

/** Index of the largest value; the first of several. */
export const argmax = (values: ArrayLike<number>): number => {
  let best = 0
  for (let i = 1; i < values.length; i++) if ((values[i] ?? -Infinity) > (values[best] ?? -Infinity)) best = i
  return best
}

const meanOfMeans = (groups: readonly (readonly number[])[]): number =>
  groups.reduce((sum, group) => sum + group.reduce((inner, value) => inner + value, 0) / group.length / groups.length, 0)
