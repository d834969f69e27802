import type { BaselineName } from './baselines.js'
import { baselinesOf } from './baselines.js'
import { type Bar, type Context, type Figure, tallied } from './figure.js'
import { crossValidated } from './learner.js'
import type { Opened } from './material.js'
import { pairedGain } from './paired.js'
import { accuracyOf } from './splits.js'

export interface CrossTask {
  readonly context: Context
  readonly opened: Opened
  readonly what: string
  readonly bar: Bar | null
  readonly repeats: number
  readonly folds: number
  /** Whether simple methods run on the same folds. */
  readonly beside: boolean
}

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0)

export const spreadOf = (values: readonly number[]): number | null =>
  values.length < 2 ? null : Math.sqrt(values.reduce((sum, value) => sum + (value - meanOf(values)) ** 2, 0) / (values.length - 1))

/** Accuracy by nested cross-validation, each fold by a choice that had not seen it, with simple methods on the same folds. */
export const crossFigure = async ({ context, opened, what, bar, repeats, folds, beside }: CrossTask): Promise<Figure> => {
  const { material, dataset } = opened
  const recipe = { ...opened.recipe, repeats, folds, seed: context.seed }
  const { samples, repeats: ours, found, plan } = await crossValidated({ material, recipe, tell: context.tell })
  const shares = (all: readonly Float64Array[]) => all.map((answers) => 100 * accuracyOf(answers, samples.truth, dataset.name))
  const absorbance = material.quantity !== 'counts-per-ms'
  const simple: ReadonlyMap<BaselineName, readonly Float64Array[]> = beside ? await baselinesOf(samples, material.axis, absorbance, plan) : new Map()
  const lines = [...simple].map(([name, answers]) => ({ name, answers, mean: meanOf(shares(answers)), spread: spreadOf(shares(answers)) }))
  const strongest = [...lines].sort((a, b) => b.mean - a.mean)[0]
  const best = found.candidates.slice(0, 3).map(({ chain, family }) => `${chain.name} with ${family}`)
  return {
    ...{ data: dataset.name, what, unit: '%', repeats, bar },
    mean: meanOf(shares(ours)),
    spread: spreadOf(shares(ours)),
    beside: lines.map(({ name, mean, spread }) => ({ name, mean, spread })),
    note: [strongest ? against(strongest.name, pairedGain(samples, ours, strongest.answers)) : '', `best: ${tallied(best)}`]
      .filter(Boolean)
      .join('; '),
  }
}

const against = (name: string, { gain, low, high, isBelow }: ReturnType<typeof pairedGain>): string => {
  const points = [gain, low, high].map((value) => (100 * value).toFixed(1))
  return `${isBelow ? 'significantly below' : 'not significantly below'} the best simple one (${name}): ${points[0]} points, ${points[1]} to ${points[2]}`
}
