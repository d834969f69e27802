import type { Dataset } from '../../src/datasets/folder.js'
import type { LoadedModel } from '../../src/models/open.js'
import type { Method } from '../../src/training/transfer/contract.js'
import { pick } from '../../src/training/transfer/pick.js'
import { assay, assayTask } from './assay.js'
import { linear, trained } from './bundle.js'
import { corn } from './corn.js'
import { type Context, type Figure, type Protocol, tallied } from './figure.js'
import { meanOf, spreadOf } from './judged.js'
import { datasetOf, opened } from './material.js'
import { sugarcane, sugarcaneTasks } from './sugarcane.js'
import { acceptedText, type Beside, type Drawn, rmsepOf, standardsOf, transferred } from './transferred.js'

const DRAWS = 10
/** Shares of the standards that the gate may refuse behind a way that is picked; behind 1 the error alone picks, as it did before decision 0010. */
const LIMITS = [1, 0.5, 0.2] as const

interface Pair {
  readonly data: string
  readonly what: string
  readonly unit: string
  readonly training: Dataset
  /** The same samples on both instruments. */
  readonly master: Dataset
  readonly target: Dataset
  readonly column: string
  readonly repeats: number
}

/** What it costs, and what it brings, to pick only among transfers that the gate lets pass: errors and shares accepted on the same draws by each limit. */
export const transferGate: Protocol = {
  name: 'transfer-gate',
  data: [...new Set([corn, assay, sugarcane].flatMap(({ data }) => data))],
  minutes: 6,
  run: async (context) => {
    const pairs = [...cornPairs(context.root), tabletPair(context.root), ...sugarPairs(context.root)]
    const figures: Figure[] = []
    for (const [i, pair] of pairs.entries())
      figures.push(await ofPair({ ...context, tell: (what, part) => context.tell(`${pair.data}, ${what}`, (i + part) / pairs.length) }, pair))
    return figures
  },
}

const cornPairs = (root: string): readonly Pair[] => {
  const [first, second] = [datasetOf(root, 'corn_m5'), datasetOf(root, 'corn_mp5')]
  return ['protein_pct', 'oil_pct', 'starch_pct'].map((column) => ({
    ...{ data: 'corn_m5 -> mp5', what: column.replace('_pct', ''), unit: '%-points' },
    ...{ training: first, master: first, target: second, column, repeats: 1 },
  }))
}

const tabletPair = (root: string): Pair => ({ ...assayTask(root), data: 'tablets_idrc2002_i1 -> i2', what: 'assay', unit: 'mg' })

const sugarPairs = (root: string): readonly Pair[] =>
  sugarcaneTasks(root).map(({ name, source, shared, column }) => ({
    ...{ data: name, what: 'sugar', unit: '%-points', training: source, master: source, target: shared, column, repeats: 1 },
  }))

const ofPair = async (context: Context, pair: Pair): Promise<Figure> => {
  const { dataset, recipe } = opened(pair.training, { column: pair.column })
  const { model } = await trained(context, dataset, linear({ ...recipe, seed: context.seed }, pair.repeats))
  const byLimit: (Drawn & { readonly error: number })[][] = LIMITS.map(() => [])
  const draws = context.repeats ?? DRAWS
  try {
    for (let d = 0; d < draws; d++) {
      context.tell(`draw ${d + 1}`, d / draws)
      for (const [i, drawn] of (await ofDraw(model, pair, d, context.seed)).entries()) byLimit[i]?.push(drawn)
    }
  } finally {
    await model.close()
  }
  const judged = LIMITS.map((limit, i) => {
    const own = byLimit[i] ?? []
    const errors = own.map(({ error }) => error)
    return {
      name: nameOf(limit),
      mean: meanOf(errors),
      spread: spreadOf(errors),
      told: `${nameOf(limit)}: ${acceptedText(own)}, ${tallied(own.map(({ picked }) => picked))}`,
    }
  })
  const { mean = Number.NaN, spread = null } = judged.at(-1) ?? {}
  return {
    ...{ data: pair.data, what: `${pair.what}, ${nameOf(LIMITS.at(-1) ?? 1)}`, unit: pair.unit, mean, spread, repeats: draws, bar: null },
    beside: judged.slice(0, -1).map(({ name, mean, spread }) => ({ name, mean, spread })),
    note: judged.map(({ told }) => told).join('; '),
  }
}

const nameOf = (limit: number): string => (limit === 1 ? 'by error alone' : `at most ${100 * limit} % refused`)

/** What each limit picks of the same judgement, in the order of the limits; a way that several pick is made once. */
const ofDraw = async (model: LoadedModel, pair: Pair, d: number, seed: number): Promise<readonly (Drawn & { readonly error: number })[]> => {
  const { column, master, training } = pair
  const draw = standardsOf(pair.target, d, seed)
  const beside: Beside = { column, master, training, seed }
  const picked = await transferred(model, draw, beside)
  const standing = new Map(
    picked.figures.flatMap(({ method, score, refused }) => (score === null ? [] : [[method, { error: score, refused }] as const])),
  )
  const made = new Map<Method, Drawn>([[picked.picked, picked]])
  const all: (Drawn & { readonly error: number })[] = []
  for (const limit of LIMITS) {
    const method = pick(standing, limit)
    const own = made.get(method) ?? (await transferred(model, draw, besideFor(method, beside), method))
    made.set(method, own)
    all.push({ ...own, error: rmsepOf(draw.rest, column, own.values) })
  }
  return all
}

/** No more than what a way that is asked for needs: what is not given is not judged again. */
const besideFor = (method: Method, beside: Beside): Beside => ({
  ...beside,
  master: method === 'pds' ? beside.master : null,
  training: method === 'pooled' ? beside.training : null,
})
