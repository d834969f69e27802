import type { Dataset } from '../../src/datasets/folder.js'
import { createDriftWatch } from '../../src/inference/drift.js'
import { gateOf, linear, pickText, some, trained } from './bundle.js'
import { atLeast, type Context, type Figure, type Protocol } from './figure.js'
import { meanOf } from './judged.js'
import { datasetOf, opened } from './material.js'

const DATA = 'textiles_nirscan'
const MATERIALS = ['cotton', 'polyester', 'wool']
/** Share of each material, in the order of time, that the limits are made from. */
const FIRST = 0.6
/** Later scans in a row of which the share that is accepted is looked at. */
const BLOCK = 100
/** Below this share an alarm of drift must be up. */
const ALARM_BELOW = 0.85

/** Each of three textiles in turn as the unknown one: what the gate of a bundle lets pass that was made from the first scans of the others. */
export const textiles: Protocol = {
  name: 'textiles',
  data: [DATA],
  minutes: 2,
  run: async (context) => {
    const dataset = inTime(datasetOf(context.root, DATA))
    const figures: Figure[] = []
    for (const [i, unknown] of MATERIALS.entries()) {
      const own: Context = { ...context, tell: (what, part) => context.tell(`without ${unknown}, ${what}`, (i + part) / MATERIALS.length) }
      figures.push(...(await withUnknown(own, dataset, unknown)))
    }
    return figures
  },
}

const inTime = (dataset: Dataset): Dataset => ({
  ...dataset,
  rows: [...dataset.rows].sort((a, b) => Number(a.labels['order']) - Number(b.labels['order'])),
})

const withUnknown = async (context: Context, dataset: Dataset, unknown: string): Promise<readonly Figure[]> => {
  const of = (label: string) => dataset.rows.filter((row) => row.labels['label'] === label)
  const known = MATERIALS.filter((material) => material !== unknown)
  const [first, later] = [known.flatMap((label) => part(of(label), 0, FIRST)), known.flatMap((label) => part(of(label), FIRST, 1))]
  const learnt = new Set(first)
  const { dataset: own, recipe } = opened(
    some(dataset, (row) => learnt.has(row)),
    {},
  )
  const { model, report } = await trained(context, own, linear({ ...recipe, seed: context.seed }, 1))
  try {
    const refused = async (rows: Dataset['rows']) => 100 * meanOf((await gateOf(model, dataset, rows)).map(({ foreign }) => (foreign ? 1 : 0)))
    const reference = model.bundle.manifest.gate?.drift ?? null
    const drift: ReturnType<typeof drifts>[] = []
    for (const label of known) drift.push(drifts(await gateOf(model, dataset, part(of(label), FIRST, 1)), reference))
    const common = { data: DATA, unit: '%', spread: null, repeats: 1, beside: [] }
    const note = pickText(report)
    const worst = Math.min(...drift.map(({ least }) => least))
    return [
      { ...common, what: `${unknown} unknown: later scans of the known accepted`, mean: 100 - (await refused(later)), bar: atLeast(93), note },
      { ...common, what: `${unknown} unknown: empty field refused`, mean: await refused(of('unknown')), bar: atLeast(99), note: '' },
      { ...common, what: `${unknown} unknown: refused`, mean: await refused(of(unknown)), bar: atLeast(95), note: '' },
      {
        ...{
          ...common,
          what: `${unknown} unknown: later blocks of ${BLOCK} with less than ${100 * ALARM_BELOW} % accepted in which an alarm of drift is up`,
          bar: atLeast(100),
        },
        mean: 100 * meanOf(drift.map(({ warned, low }) => (low === 0 ? 1 : warned / low))),
        note: `${drift.reduce((sum, { low }) => sum + low, 0)} such blocks; the least accepted of any block is ${(100 * worst).toFixed(0)} %`,
      },
    ]
  } finally {
    await model.close()
  }
}

const part = <T>(rows: readonly T[], from: number, to: number): readonly T[] =>
  rows.slice(Math.floor(from * rows.length), Math.floor(to * rows.length))

/** Blocks of later scans with too few accepted, and in how many of them an alarm was up at the end. */
const drifts = (gate: readonly { t2: number; q: number; foreign: boolean }[], reference: Parameters<typeof createDriftWatch>[0]) => {
  const watch = createDriftWatch(reference)
  const up = new Set<string>()
  let [low, warned, least] = [0, 0, 1]
  for (let at = 0; at + BLOCK <= gate.length; at += BLOCK) {
    const block = gate.slice(at, at + BLOCK)
    let wasUp = up.size > 0
    for (const one of block) {
      for (const { what, raised } of watch(one)) raised ? up.add(what) : up.delete(what)
      wasUp ||= up.size > 0
    }
    const accepted = block.filter(({ foreign }) => !foreign).length / BLOCK
    least = Math.min(least, accepted)
    if (accepted >= ALARM_BELOW) continue
    low++
    if (wasUp) warned++
  }
  return { low, warned, least }
}
