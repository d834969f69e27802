import { linear, pickText, trained } from './bundle.js'
import { atMost, type Context, type Figure, type Protocol, tallied } from './figure.js'
import { meanOf, spreadOf } from './judged.js'
import { crossValidated } from './learner.js'
import { datasetOf, opened } from './material.js'
import { acceptedText, quantile, rmsepOf, standardsOf, transferred, valuesBy } from './transferred.js'

const [FIRST, SECOND] = ['corn_m5', 'corn_mp5']
const DRAWS = 20
/** What a transfer may cost against a model of the instrument's own 80 samples. */
const ALLOWED = 1.3
const columns = ['protein_pct', 'oil_pct', 'starch_pct', 'moisture_pct'] as const

/** Corn from one instrument to another of the same make by 15 samples measured on both. */
export const corn: Protocol = {
  name: 'corn',
  data: [FIRST, SECOND],
  minutes: 8,
  run: async (context) => {
    const figures: Figure[] = []
    for (const [i, column] of columns.entries())
      figures.push(await ofColumn({ ...context, tell: (what, part) => context.tell(`${column}, ${what}`, (i + part) / columns.length) }, column))
    return figures
  },
}

const ofColumn = async (context: Context, column: string): Promise<Figure> => {
  const [first, second] = [opened(datasetOf(context.root, FIRST), { column }), opened(datasetOf(context.root, SECOND), { column })]
  const recipe = { ...linear({ ...second.recipe, seed: context.seed }, 1), folds: 10 }
  const { samples, repeats } = await crossValidated({ material: second.material, recipe, tell: () => context.tell('a model of its own', 0) })
  const own = meanOf(repeats.map((answers) => Math.sqrt(meanOf(samples.values.map((value, n) => (value - (answers[n] ?? Number.NaN)) ** 2)))))
  const { model, report } = await trained(context, first.dataset, linear({ ...first.recipe, seed: context.seed }, 1))
  try {
    const rest: { error: number; picked: string; accepted: number; none: number }[] = []
    const draws = context.repeats ?? DRAWS
    for (let d = 0; d < draws; d++) {
      context.tell(`15 standards, draw ${d + 1}`, d / draws)
      const draw = standardsOf(second.dataset, d, context.seed)
      const { values, picked, accepted } = await transferred(model, draw, {
        master: first.dataset,
        training: first.dataset,
        column,
        seed: context.seed,
      })
      rest.push({ error: rmsepOf(draw.rest, column, values), picked, accepted, none: rmsepOf(draw.rest, column, await valuesBy(model, draw.rest)) })
    }
    const errors = rest.map(({ error }) => error)
    return {
      ...{ data: `${FIRST} -> mp5`, what: `${column.replace('_pct', '')}, 15 standards, median`, unit: '%-points', repeats: draws },
      mean: quantile(errors, 0.5),
      spread: spreadOf(errors),
      bar: column === 'moisture_pct' ? null : atMost(ALLOWED * own),
      beside: [
        { name: "mp5's own, cross-validated", mean: own, spread: null },
        {
          name: 'no transfer',
          mean: quantile(
            rest.map(({ none }) => none),
            0.5,
          ),
          spread: null,
        },
      ],
      note: `${(quantile(errors, 0.5) / own).toFixed(2)} x its own; picked: ${tallied(rest.map(({ picked }) => picked))}; ${acceptedText(rest)}; ${pickText(report)}`,
    }
  } finally {
    await model.close()
  }
}
