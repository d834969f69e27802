import { setImmediate as nextTurn } from 'node:timers/promises'
import { openChain } from '../../src/training/search/chains.js'
import { benchesOf, nestedOf } from '../../src/training/search/nested.js'
import { errorOf } from '../../src/training/search/score.js'
import { absorbanceOf, derivativePlan } from './baselines.js'
import { atMost, type Context, type Figure, type Protocol, tallied } from './figure.js'
import { meanOf, spreadOf } from './judged.js'
import { crossValidated } from './learner.js'
import { datasetOf, opened } from './material.js'

const REPEATS = 3
/** What the choice may cost beside the better of two simple models, which is known only afterwards. */
const ALLOWED = 1.1

const targets: readonly (readonly [name: string, column: string])[] = [
  ['tecator', 'fat_pct'],
  ['tecator', 'protein_pct'],
  ['wheat_kernels', 'protein_pct'],
  ['gasoline', 'octane'],
  ['soil_nir', 'nitrogen'],
  ['corn_m5', 'moisture_pct'],
  ['corn_m5', 'oil_pct'],
  ['corn_m5', 'protein_pct'],
  ['corn_m5', 'starch_pct'],
]

/** Values within one instrument: what is chosen with an eye on other instruments must be no worse on its own than what anyone would try first. */
export const values: Protocol = {
  name: 'values',
  data: [...new Set(targets.map(([name]) => name))],
  minutes: 4,
  run: async (context) => {
    const figures: Figure[] = []
    for (const [i, [name, column]] of targets.entries())
      figures.push(
        await ofColumn({ ...context, tell: (what, part) => context.tell(`${name} ${column}, ${what}`, (i + part) / targets.length) }, name, column),
      )
    return figures
  },
}

const ofColumn = async (context: Context, name: string, column: string): Promise<Figure> => {
  const { material, recipe: own } = opened(datasetOf(context.root, name), { column })
  const repeats = context.repeats ?? REPEATS
  const recipe = { ...own, repeats, folds: 5, seed: context.seed }
  const { samples, repeats: answers, found, plan } = await crossValidated({ material, recipe, tell: context.tell })
  const simple = [
    ['PLS of raw spectra', { name: 'raw', steps: absorbanceOf(samples.spectra) }],
    ['PLS of SNV and first derivative', derivativePlan(samples, material.axis, true)],
  ] as const
  const beside: { name: string; mean: number; spread: number | null }[] = []
  for (const [said, chainPlan] of simple) {
    const chain = openChain(chainPlan, material.axis, samples.spectra)
    if (chain === null) throw new Error('the chain of a simple model leaves nothing out')
    const errors: number[] = []
    for (const repeat of plan) {
      const turn = () => nextTurn()
      const nested = await nestedOf({ chain, families: ['pls'], subjects: samples, repeat, priors: 'balanced', turn }, benchesOf(chain))
      errors.push(nested.get('pls')?.error ?? Number.NaN)
    }
    beside.push({ name: said, mean: meanOf(errors), spread: spreadOf(errors) })
  }
  const errors = answers.map((each) => errorOf(samples, each))
  const least = Math.min(...beside.map(({ mean }) => mean))
  return {
    ...{
      data: name,
      what: `${column}, 5-fold, choice anew in each fold`,
      unit: samples.unit === '%' ? '%-points' : (samples.unit ?? ''),
      mean: meanOf(errors),
      spread: spreadOf(errors),
      repeats,
    },
    ...{ bar: atMost(ALLOWED * least), beside },
    note: `${(meanOf(errors) / least).toFixed(2)} x the better simple one; best: ${tallied(found.candidates.slice(0, 3).map(({ chain, family }) => `${chain.name} with ${family}`))}`,
  }
}
