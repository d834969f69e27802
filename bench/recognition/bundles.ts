import { createDriftWatch } from '../../src/inference/drift.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { splitRows } from '../../src/training/split.js'
import { gateOf, linear, some, trained } from './bundle.js'
import { coverageOf } from './coverage.js'
import type { Context, Figure, Protocol } from './figure.js'
import { meanOf } from './judged.js'
import { datasetOf, type Opened, opened } from './material.js'
import { networkFigures } from './network.js'

/** Splits for the coverage, and the share of the objects that is kept back. */
const SPLITS = 5
const KEPT = 0.4

/** What whole bundles promise: sets and intervals that hold the truth as often as they say, and int8 that answers as fp32 does. */
export const bundles: Protocol = {
  name: 'bundles',
  data: ['tablets_nir', 'plastics_avantes', 'tablets_idrc2002_i1'],
  minutes: 3,
  run: async (context) => {
    const tablets = opened(datasetOf(context.root, 'tablets_nir'), {})
    const polymers = opened(datasetOf(context.root, 'plastics_avantes'), { group: 'object', minCount: 4 })
    const first = datasetOf(context.root, 'tablets_idrc2002_i1')
    const assay = opened(
      some(first, ({ labels }) => labels['set'] === 'test' && labels['assay_mg'] !== ''),
      { column: 'assay_mg' },
    )
    const at = (from: number, to: number): Context => ({ ...context, tell: (what, part) => context.tell(what, from + (to - from) * part) })
    return [
      await exchangeable(at(0, 0.1), tablets, 'single spectra'),
      await exchangeable(at(0.1, 0.4), polymers, 'groups = object'),
      await exchangeable(at(0.4, 0.6), assay, 'single spectra'),
      await shifted(at(0.6, 0.7), tablets),
      ...(context.cnn ? await networkFigures(at(0.7, 1), tablets) : []),
    ]
  },
}

/** Sets and intervals of bundles on objects that were kept back by chance: what was promised must lie inside the interval of the figure. */
const exchangeable = async (context: Context, { dataset, recipe, material }: Opened, how: string): Promise<Figure> => {
  const { truth, groups, ids } = material.own
  const held: { covered: boolean; group: string }[] = []
  const splits = context.repeats === null ? SPLITS : Math.min(SPLITS, context.repeats)
  const sizes: number[] = []
  for (let s = 0; s < splits; s++) {
    const own: Context = { ...context, tell: (what, part) => context.tell(`${dataset.name} coverage, ${what}`, (s + part) / splits) }
    const byId = new Map(dataset.rows.map((row) => [row.id, row]))
    const rows = ids.flatMap((id) => byId.get(id) ?? [])
    const split = splitRows(
      rows,
      truth.map((label) => `${label}`),
      groups,
      { share: KEPT },
      context.seed + s,
    )
    const [training, judged] = [split.train, split.test].map((part) => new Set(part.map((n) => ids[n])))
    const { model } = await trained(
      own,
      some(dataset, ({ id }) => training?.has(id) === true),
      linear({ ...recipe, seed: context.seed + s }, 1),
    )
    const { spectra, size } = await coverageOf(
      model,
      some(dataset, ({ id }) => judged?.has(id) === true),
      recipe,
    )
    held.push(...spectra.map(({ covered, group }) => ({ covered, group: `${s} ${group}` })))
    sizes.push(size)
    await model.close()
  }
  const [low, high] = objectInterval(held)
  const isInside = low <= 100 * recipe.coverage && 100 * recipe.coverage <= high
  const width =
    recipe.target.kind === 'value' ? `mean width ${meanOf(sizes).toFixed(1)} ${recipe.target.unit}` : `mean set size ${meanOf(sizes).toFixed(2)}`
  return {
    ...{
      data: dataset.name,
      what: `coverage where ${100 * recipe.coverage} % is promised, ${how}, ${100 * KEPT} % of the objects kept back`,
      unit: '%',
    },
    ...{ mean: 100 * meanOf(held.map(({ covered }) => (covered ? 1 : 0))), spread: null, repeats: splits, bar: null, beside: [] },
    note: `95 % interval ${low.toFixed(1)} to ${high.toFixed(1)}: the promise is ${isInside ? 'inside' : '**outside**'}; ${width}`,
  }
}

/** From the laboratory to the pilot plant: coverage is reported, and gate or drift must say that something is different. */
const shifted = async (context: Context, { dataset, recipe }: Opened): Promise<Figure> => {
  const at = (word: string) => some(dataset, ({ labels }) => labels['scale'] === word)
  const { model } = await trained(context, at('laboratory'), linear({ ...recipe, seed: context.seed }, 1))
  try {
    const pilot = at('pilot')
    const { spectra, size } = await coverageOf(model, pilot, recipe)
    const gate = await gateOf(model, pilot, pilot.rows)
    const foreign = 100 * meanOf(gate.map((one) => (one.foreign ? 1 : 0)))
    const watch = createDriftWatch(model.bundle.manifest.gate?.drift ?? null)
    const alarms = new Set(gate.flatMap((one) => watch(one).flatMap(({ what, raised }) => (raised ? [what] : []))))
    const drift = alarms.size > 0 ? `alarms of drift: ${[...alarms].join(', ')}` : '**no alarm of drift**'
    return {
      ...{
        data: dataset.name,
        what: 'laboratory -> pilot: spectra that the gate refuses',
        unit: '%',
        mean: foreign,
        spread: null,
        repeats: 1,
        bar: null,
        beside: [],
      },
      note:
        spectra.length === 0
          ? `shifted split: the gate refuses all of them, no set is valid; ${drift}`
          : `shifted split: coverage of the ${spectra.length} others ${(100 * meanOf(spectra.map(({ covered }) => (covered ? 1 : 0)))).toFixed(0)} %, mean set size ${size.toFixed(2)}; ${drift}`,
    }
  } finally {
    await model.close()
  }
}

const REDRAWS = 1000

/** 95 % interval of a share by redrawing objects, in percent. */
const objectInterval = (held: readonly { readonly covered: boolean; readonly group: string }[]): readonly [number, number] => {
  const objects = new Map<string, [hits: number, count: number]>()
  for (const { covered, group } of held) {
    const [hits, count] = objects.get(group) ?? [0, 0]
    objects.set(group, [hits + (covered ? 1 : 0), count + 1])
  }
  const list = [...objects.values()]
  const random = seededRandom(1)
  const shares = Array.from({ length: REDRAWS }, () => {
    let [hits, count] = [0, 0]
    for (let i = 0; i < list.length; i++) {
      const [own, rows] = list[Math.floor(random.uniform() * list.length)] ?? [0, 0]
      hits += own
      count += rows
    }
    return (100 * hits) / count
  }).sort((a, b) => a - b)
  return [shares[Math.floor(0.025 * REDRAWS)] ?? 0, shares[Math.floor(0.975 * REDRAWS)] ?? 100]
}
