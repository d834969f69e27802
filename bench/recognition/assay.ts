import type { Dataset } from '../../src/datasets/folder.js'
import type { LoadedModel } from '../../src/models/open.js'
import { answerSet } from '../../src/training/evaluation/answers.js'
import { valueFigures } from '../../src/training/evaluation/value-figures.js'
import { linear, pickText, some, trained } from './bundle.js'
import { atMost, type Context, type Figure, type Protocol, tallied } from './figure.js'
import { spreadOf } from './judged.js'
import { datasetOf, opened } from './material.js'
import { acceptedText, quantile, rmsepOf, standardsOf, transferred, valuesBy } from './transferred.js'

const [FIRST, SECOND] = ['tablets_idrc2002_i1', 'tablets_idrc2002_i2']
const COLUMN = 'assay_mg'
const DRAWS = 50
/** Cross-validations by which the model is chosen. */
const REPEATS = 2
/** Tablets that others leave out too: their references do not fit their spectra on either instrument. */
const OUTLYING = ['T018', 'T121', 'T125', 'T126', 'T149']

/** Active ingredient of tablets in transmission: within one instrument, and from one to the other. */
export const assay: Protocol = {
  name: 'assay',
  data: [FIRST, SECOND],
  minutes: 6,
  run: async (context) => [...(await within(context)), ...(await between(context))],
}

const inSet = (dataset: Dataset, word: string) => some(dataset, ({ labels }) => labels['set'] === word && (labels[COLUMN] ?? '') !== '')

const modelOf = async (context: Context, dataset: Dataset) => {
  const { dataset: own, recipe } = opened(dataset, { column: COLUMN })
  return trained(context, own, linear({ ...recipe, seed: context.seed }, REPEATS))
}

const within = async (context: Context): Promise<readonly Figure[]> => {
  const dataset = datasetOf(context.root, FIRST)
  const test = inSet(dataset, 'test')
  const { model, report } = await modelOf({ ...context, tell: (what, part) => context.tell(what, part / 4) }, inSet(dataset, 'train'))
  try {
    const rmsep = rmsepOf(test, COLUMN, await valuesBy(model, test))
    const { coverage, intervalWidth } = await intervalsOf(model, test)
    const interval = `interval holds ${(100 * (coverage ?? 0)).toFixed(1)} % (95 meant), mean width ${(intervalWidth ?? 0).toFixed(1)} mg`
    return [
      {
        data: FIRST,
        what: 'assay, train -> test',
        unit: 'mg',
        mean: rmsep,
        spread: null,
        repeats: 1,
        bar: atMost(3.7),
        beside: [],
        note: `${pickText(report)}; ${interval}`,
      },
    ]
  } finally {
    await model.close()
  }
}

const intervalsOf = async (model: LoadedModel, dataset: Dataset) => {
  const { answers } = await answerSet(model, dataset)
  return valueFigures(answers.map((answered, n) => ({ answered, truth: Number(dataset.rows[n]?.labels[COLUMN]) })))
}

/** From one instrument to the other: what the model is made from, and the tablets that it is judged on; `master` holds them on the first instrument. */
export const assayTask = (root: string) => {
  const master = datasetOf(root, FIRST)
  return { master, training: inSet(master, 'test'), target: inSet(datasetOf(root, SECOND), 'train'), column: COLUMN, repeats: REPEATS }
}

const between = async (context: Context): Promise<readonly Figure[]> => {
  const { master, training, target } = assayTask(context.root)
  const { model, report } = await modelOf({ ...context, tell: (what, part) => context.tell(what, (1 + part) / 4) }, training)
  const isClean = (id: string) => !OUTLYING.includes(id)
  const data = `${FIRST} -> i2`
  const common = { data, unit: 'mg', beside: [] }
  try {
    const plain = await valuesBy(model, target)
    const rest: { all: number; clean: number; picked: string; accepted: number }[] = []
    const draws = context.repeats === null ? DRAWS : Math.min(DRAWS, 5 * context.repeats)
    for (let d = 0; d < draws; d++) {
      context.tell(`15 standards, draw ${d + 1}`, 0.5 + d / draws / 2)
      const draw = standardsOf(target, d, context.seed)
      const { values, picked, accepted } = await transferred(model, draw, { master, training, column: COLUMN, seed: context.seed })
      rest.push({ all: rmsepOf(draw.rest, COLUMN, values), clean: rmsepOf(draw.rest, COLUMN, values, isClean), picked, accepted })
    }
    const all = rest.map((one) => one.all)
    const clean = rest.map((one) => one.clean)
    const picks = `picked: ${tallied(rest.map(({ picked }) => picked))}; ${acceptedText(rest)}`
    return [
      {
        ...common,
        what: 'assay, no standards',
        mean: rmsepOf(target, COLUMN, plain),
        spread: null,
        repeats: 1,
        bar: atMost(4.8),
        note: pickText(report),
      },
      {
        ...common,
        what: 'the same without 5 outlying tablets',
        mean: rmsepOf(target, COLUMN, plain, isClean),
        spread: null,
        repeats: 1,
        bar: atMost(3.2),
        note: '',
      },
      { ...common, what: '15 standards, median', mean: quantile(all, 0.5), spread: spreadOf(all), repeats: draws, bar: atMost(4.6), note: picks },
      { ...common, what: '15 standards, 90th percentile', mean: quantile(all, 0.9), spread: null, repeats: draws, bar: atMost(4.9), note: '' },
      {
        ...common,
        what: '15 standards, without the 5, median',
        mean: quantile(clean, 0.5),
        spread: spreadOf(clean),
        repeats: draws,
        bar: atMost(3.2),
        note: '',
      },
    ]
  } finally {
    await model.close()
  }
}
