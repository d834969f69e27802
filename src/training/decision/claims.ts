import type { Finding, Task } from '../contract.js'
import { shareFigure } from '../figures.js'

/** Half the width of an interval of a recall that still says something. */
const CLAIM_WITHIN = 0.1
/** Objects of a class below which a recall is a guess. */
const FEW_OBJECTS = 20
/** Objects of a value model below which its error is known to worse than about 11 %: 1 / sqrt(2 n). */
const FEW_VALUES = 40
const MOST_OBJECTS = 10_000

/** What the recalls of classes with few objects are worth, and how many objects it would take. `recalls` as cross-validated, null where unknown. */
export const checkSizes = (
  {
    task,
    labels,
    truth,
    groups,
  }: { readonly task: Task; readonly labels: readonly string[]; readonly truth: readonly number[]; readonly groups: readonly string[] },
  recalls: readonly (number | null)[] = [],
): readonly Finding[] => {
  if (task !== 'class') {
    const objects = new Set(groups).size
    if (objects >= FEW_VALUES) return []
    const text = `${objects} objects are few: the error is known to within about ${Math.round(100 / Math.sqrt(2 * objects))} % of itself; ${FEW_VALUES} would make it ${Math.round(100 / Math.sqrt(2 * FEW_VALUES))} %.`
    return [{ code: 'few-objects', text, ids: [], count: objects }]
  }
  const few = labels.flatMap((label, c) => {
    const objects = new Set(groups.filter((_, n) => truth[n] === c)).size
    return objects > 0 && objects < FEW_OBJECTS ? [{ label, objects, recall: recalls[c] ?? LIKELY_RECALL }] : []
  })
  const [worst] = [...few].sort((a, b) => a.objects - b.objects)
  if (!worst) return []
  const [low, high] = shareFigure(worst.recall * worst.objects, worst.objects).interval ?? [0, 1]
  const named = few.map(({ label, objects }) => `${label} (${objects})`)
  const text =
    `Too few objects to say how well these classes are recognised: ${named.slice(0, 10).join(', ')}${named.length > 10 ? ' ...' : ''}. ` +
    `With ${worst.objects} a recall of ${percent(worst.recall)} may as well be ${percent(low)} or ${percent(high)}; ` +
    `${objectsFor(worst.recall)} objects would tell it to within ${Math.round(100 * CLAIM_WITHIN)} points.`
  return [{ code: 'few-objects', text, ids: [], count: few.length }]
}

const LIKELY_RECALL = 0.9

/** Objects for which the 95 % interval of a recall (Wilson) is no wider than `CLAIM_WITHIN` to either side. */
export const objectsFor = (recall: number): number => {
  const wide = (n: number) => {
    const [low, high] = shareFigure(recall * n, n).interval ?? [0, 1]
    return (high - low) / 2 > CLAIM_WITHIN
  }
  let n = FEW_OBJECTS
  while (wide(n) && n < MOST_OBJECTS) n++
  return n
}

/** Standard deviations of the difference from which on a split without groups flatters. */
const FLATTERS_SD = 2

/** Figures of the same recipe over repeats: `grouped` with whole objects left out, `single` with spectra left out one by one. */
export interface Flattery {
  readonly grouped: readonly number[]
  readonly single: readonly number[]
  readonly better: 'higher' | 'lower'
  /** As people read a figure: "92.1 %", "3.4 mg". */
  readonly say: (figure: number) => string
}

/**
 * Whether leaving out single spectra gives a better figure than leaving out whole objects by more than 2 standard deviations of the difference (each figure's
 * own spread over the repeats). The better figure is the wrong one: spectra of one object are alike.
 */
export const checkFlattery = ({ grouped, single, better, say }: Flattery): readonly Finding[] => {
  const [own, other] = [meanAndVariance(grouped), meanAndVariance(single)]
  const gain = better === 'higher' ? other.mean - own.mean : own.mean - other.mean
  const sd = Math.sqrt(own.variance + other.variance)
  if (!(gain > 0 && gain > FLATTERS_SD * sd)) return []
  const text = `Spectra of one object are alike: with single spectra left out the figure would be ${say(other.mean)} instead of ${say(own.mean)}. Only the second is what new objects will see; keep the groups.`
  return [{ code: 'ungrouped-flatters', text, ids: [], count: single.length }]
}

const meanAndVariance = (values: readonly number[]): { readonly mean: number; readonly variance: number } => {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0)
  return { mean, variance: values.length < 2 ? 0 : values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) }
}

const percent = (share: number): string => `${Math.round(100 * share)} %`
