import type { Dataset } from '../../src/datasets/folder.js'
import { makeAxis } from '../../src/spectrum/axis.js'
import { bareChain } from '../../src/training/transfer/recalibrate.js'
import { linear, pickText, some, trained } from './bundle.js'
import { atMost, type Context, type Figure, type Protocol, tallied } from './figure.js'
import { learnt } from './learner.js'
import { datasetOf, opened } from './material.js'
import { acceptedText, quantile, rmsepOf, standardsOf, type TransferDraw, transferred, valuesBy } from './transferred.js'

const INSTRUMENTS = ['f750', 'scio', 'nirscannano', 'nirone22', 'micronir1700', 'micronir2200']
const COLUMN = 'sugar_pct'
const DRAWS = 20
/** Pairs of instruments that share less of the spectrum are not looked at, nm. */
const OVERLAP = 250
/** Folds of a model of the standards alone: each left out in turn. */
const LEAVE_ONE = 15

/** Sugar in cane from one hand-held instrument to another kind: the common band of each ordered pair that has enough of one. */
export const sugarcane: Protocol = {
  name: 'sugarcane',
  data: INSTRUMENTS.map((name) => `sugarcane_${name}`),
  minutes: 3,
  run: async (context) => {
    const pairs = sugarcaneTasks(context.root)
    const figures: Figure[] = []
    for (const [i, pair] of pairs.entries())
      figures.push(await ofPair({ ...context, tell: (what, part) => context.tell(`${pair.name}, ${what}`, (i + part) / pairs.length) }, pair))
    return figures
  },
}

/** A set cut to the band that it shares with another instrument's, and the spectra of the other one that are of the same samples. */
interface SugarcaneTask {
  readonly name: string
  readonly source: Dataset
  readonly shared: Dataset
  readonly column: string
}

/** Every ordered pair of instruments with enough of a common band. */
export const sugarcaneTasks = (root: string): readonly SugarcaneTask[] => {
  const sets = new Map(INSTRUMENTS.map((name) => [name, known(datasetOf(root, `sugarcane_${name}`))]))
  return INSTRUMENTS.flatMap((from) => INSTRUMENTS.filter((to) => to !== from).map((to) => [from, to] as const)).flatMap(([from, to]) => {
    const [all, target] = [sets.get(from), sets.get(to)]
    const band = all && target && overlap(all, target)
    if (!all || !target || !band || band[1] - band[0] < OVERLAP) return []
    const source = cut(all, band)
    const ids = new Set(source.rows.map(({ id }) => id))
    return [{ name: `sugarcane ${from} -> ${to}`, source, shared: some(target, ({ id }) => ids.has(id)), column: COLUMN }]
  })
}

const known = (dataset: Dataset): Dataset => some(dataset, ({ labels }) => (labels[COLUMN] ?? '') !== '')

const overlap = (a: Dataset, b: Dataset): readonly [number, number] => [
  Math.max(a.axis.values[0] ?? 0, b.axis.values[0] ?? 0),
  Math.min(a.axis.values.at(-1) ?? 0, b.axis.values.at(-1) ?? 0),
]

const cut = (dataset: Dataset, [low, high]: readonly [number, number]): Dataset => {
  const from = dataset.axis.values.findIndex((value) => value >= low)
  const to = dataset.axis.values.findLastIndex((value) => value <= high) + 1
  const axis = makeAxis(dataset.axis.kind, dataset.axis.values.slice(from, to))
  return { ...dataset, axis, rows: dataset.rows.map((row) => ({ ...row, values: row.values.slice(from, to) })) }
}

const ofPair = async (context: Context, { name, source, shared }: SugarcaneTask): Promise<Figure> => {
  const { dataset, recipe } = opened(source, { column: COLUMN })
  const { model, report } = await trained(context, dataset, linear({ ...recipe, seed: context.seed }, 1))
  try {
    const rest: { error: number; none: number; alone: number; picked: string; accepted: number }[] = []
    const draws = context.repeats ?? DRAWS
    for (let d = 0; d < draws; d++) {
      context.tell(`15 standards, draw ${d + 1}`, d / draws)
      const draw = standardsOf(shared, d, context.seed)
      const { values, picked, accepted } = await transferred(model, draw, { master: source, training: source, column: COLUMN, seed: context.seed })
      const { manifest } = model.bundle
      rest.push({
        error: rmsepOf(draw.rest, COLUMN, values),
        none: rmsepOf(draw.rest, COLUMN, await valuesBy(model, draw.rest)),
        alone: rmsepOf(draw.rest, COLUMN, await alone(context, draw, bareChain(manifest))),
        picked,
        accepted,
      })
    }
    const median = (list: readonly number[]) => quantile(list, 0.5)
    const [none, own] = [median(rest.map((one) => one.none)), median(rest.map((one) => one.alone))]
    return {
      ...{ data: name, what: 'sugar, 15 standards, median; better than no transfer and than the 15 alone', unit: '%-points' },
      ...{ repeats: draws, mean: median(rest.map(({ error }) => error)), spread: null, bar: atMost(Math.min(none, own)) },
      beside: [
        { name: 'no transfer', mean: none, spread: null },
        { name: 'the 15 alone', mean: own, spread: null },
      ],
      note: `picked: ${tallied(rest.map(({ picked }) => picked))}; ${acceptedText(rest)}; ${pickText(report)}`,
    }
  } finally {
    await model.close()
  }
}

/** A model of nothing but the standards, behind the chain of the bundle, its setting by leaving one out. */
const alone = async (context: Context, { standards, rest }: TransferDraw, steps: ReturnType<typeof bareChain>): Promise<readonly number[]> => {
  const all = { ...standards, rows: [...standards.rows, ...rest.rows] }
  const { material, recipe } = opened(all, { column: COLUMN })
  const count = standards.rows.length
  const draw = { train: standards.rows.map((_, n) => n), test: rest.rows.map((_, n) => count + n) }
  const own = { ...linear({ ...recipe, seed: context.seed }, 1), folds: LEAVE_ONE }
  const { answers } = await learnt({ material, recipe: own, plans: [{ name: 'chain of the bundle', steps: [...steps] }], tell: () => {} }, draw)
  return [...answers]
}
