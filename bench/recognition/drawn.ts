import { baselinesOfDraw } from './baselines.js'
import { type Bar, type Context, type Figure, tallied } from './figure.js'
import { meanOf, spreadOf } from './judged.js'
import { learnt } from './learner.js'
import type { Opened } from './material.js'
import { accuracyOf, type Draw, expectHonest } from './splits.js'

export interface DrawnTask {
  readonly context: Context
  readonly opened: Opened
  readonly data: string
  readonly what: string
  readonly bar: Bar | null
  readonly draws: readonly Draw[]
  /** Share of the protocol that is done before and after. */
  readonly from: number
  readonly to: number
}

/** Cross-validations by which a draw chooses. */
const INNER_REPEATS = 1

/** Accuracy on the rows that each draw keeps back; the trainer chooses anew in each. */
export const drawnFigure = async ({ context, opened, data, what, bar, draws, from, to }: DrawnTask): Promise<Figure> => {
  const { material } = opened
  const { truth, groups } = material.own
  const labels = truth.map((own) => `${own}`)
  const shares: number[] = []
  const picks: string[] = []
  const beside = new Map<string, number[]>()
  for (const [d, draw] of draws.entries()) {
    expectHonest(draw, groups, labels)
    const recipe = { ...opened.recipe, repeats: INNER_REPEATS, seed: context.seed + d }
    const task = { material, recipe, tell: () => context.tell(`${what}, draw ${d + 1}`, from + ((to - from) * d) / draws.length) }
    const wanted = draw.test.map((n) => truth[n] ?? 0)
    const share = (answers: Float64Array) => 100 * accuracyOf(answers, wanted, `${data}, ${what}`)
    const { answers, picked } = await learnt(task, draw)
    shares.push(share(answers))
    picks.push(picked)
    const absorbance = material.quantity !== 'counts-per-ms'
    for (const [name, given] of await baselinesOfDraw(task, absorbance, draw)) beside.set(name, [...(beside.get(name) ?? []), share(given)])
  }
  return {
    data,
    what,
    unit: '%',
    mean: meanOf(shares),
    spread: spreadOf(shares),
    repeats: draws.length,
    bar,
    beside: [...beside].map(([name, own]) => ({ name, mean: meanOf(own), spread: spreadOf(own) })),
    note: `picked: ${tallied(picks)}`,
  }
}
