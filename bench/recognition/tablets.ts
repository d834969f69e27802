import { seededRandom } from '../../src/spectrum/random.js'
import { defaultChains } from '../../src/training/default-chains.js'
import { usualOf } from '../../src/training/train.js'
import { drawnFigure } from './drawn.js'
import { atLeast, type Context, type Figure, type Protocol } from './figure.js'
import { crossFigure, meanOf } from './judged.js'
import { crossValidated } from './learner.js'
import { datasetOf, opened, wordsOf } from './material.js'
import { accuracyOf, someOfEach } from './splits.js'

const FOLDS = 10
const PILOT_TABLETS = 3
const DRAWS = 20

/** Four types of tablets, near infrared. */
export const tabletsNir: Protocol = {
  name: 'tablets-nir',
  data: ['tablets_nir'],
  minutes: 1,
  run: async (context) => [
    await crossFigure({
      ...{ context, opened: opened(datasetOf(context.root, 'tablets_nir'), {}), what: '4 types, 10-fold', bar: atLeast(98.4) },
      ...{ repeats: context.repeats ?? 5, folds: FOLDS, beside: true },
    }),
  ],
}

/** From the laboratory to the pilot plant: the batch effect that cross-validation inside one plant never sees. */
export const scales: Protocol = {
  name: 'tablets-scales',
  data: ['tablets_nir'],
  minutes: 1,
  run: async (context) => {
    const data = 'tablets_nir'
    const dataset = datasetOf(context.root, data)
    const own = opened(dataset, {})
    const [scale, labels] = [wordsOf(own, 'scale'), wordsOf(own, 'label')]
    const at = (word: string) => scale.flatMap((one, n) => (one === word ? [n] : []))
    const [laboratory, pilot] = [at('laboratory'), at('pilot')]
    const two = opened(
      { ...dataset, rows: dataset.rows.map((row) => ({ ...row, labels: { ...row.labels, label: row.labels['label'] === 'A' ? 'A' : 'other' } })) },
      {},
    )
    const draws = Array.from({ length: context.repeats ?? DRAWS }, (_, d) => {
      const { some, rest } = someOfEach(labels, pilot, PILOT_TABLETS, seededRandom(context.seed + d))
      return { train: [...laboratory, ...some], test: rest }
    })
    const shift = [{ train: laboratory, test: pilot }]
    const none = await drawnFigure({
      context,
      opened: own,
      data,
      what: 'laboratory -> pilot, 4 types, no pilot tablet in training',
      bar: null,
      draws: shift,
      from: 0.1,
      to: 0.2,
    })
    return [
      await drawnFigure({
        context,
        opened: two,
        data,
        what: 'laboratory -> pilot, type A against the rest',
        bar: atLeast(98),
        draws: shift,
        from: 0,
        to: 0.1,
      }),
      { ...none, note: `reported only: type is confounded with size and production scale; ${none.note}` },
      await drawnFigure({
        context,
        opened: own,
        data,
        what: `4 types, laboratory and ${PILOT_TABLETS} pilot tablets of each`,
        bar: atLeast(90),
        draws,
        from: 0.2,
        to: 1,
      }),
    ]
  },
}

/** Four types of tablets, Raman, and whether despiking and baseline correction helped. */
export const tabletsRaman: Protocol = {
  name: 'tablets-raman',
  data: ['tablets_raman'],
  minutes: 1,
  run: async (context) => {
    const own = opened(datasetOf(context.root, 'tablets_raman'), {})
    const figure = await crossFigure({
      context,
      opened: own,
      what: '4 types, 10-fold',
      bar: atLeast(82),
      repeats: context.repeats ?? 5,
      folds: FOLDS,
      beside: true,
    })
    return [figure, ...(await corrected(context, own))]
  },
}

/** The search with and without the chains that take spikes and baselines away. */
const corrected = async (context: Context, { material, recipe, dataset }: ReturnType<typeof opened>): Promise<readonly Figure[]> => {
  const all = defaultChains(material.axis, material, usualOf(material), material.own.task)
  const hasCorrection = ({ steps }: (typeof all)[number]) => steps.some(({ op }) => op === 'despike' || op.startsWith('baseline'))
  const figureOf = async (what: string, plans: typeof all): Promise<Figure> => {
    const own = { ...recipe, repeats: 1, folds: FOLDS, seed: context.seed }
    const { samples, repeats, found } = await crossValidated({ material, recipe: own, plans, tell: context.tell })
    const shares = repeats.map((answers) => 100 * accuracyOf(answers, samples.truth, dataset.name))
    const [best] = found.candidates
    return {
      data: dataset.name,
      what,
      unit: '%',
      mean: meanOf(shares),
      spread: null,
      repeats: 1,
      bar: null,
      beside: [],
      note: `best: ${best?.chain.name} with ${best?.family}`,
    }
  }
  return [
    await figureOf('only chains with despike or baseline', all.filter(hasCorrection)),
    await figureOf(
      'only chains without',
      all.filter((plan) => !hasCorrection(plan)),
    ),
  ]
}
