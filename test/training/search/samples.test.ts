import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { defaultRecipe } from '../../../src/training/default-recipe.js'
import { type Material, materialOf } from '../../../src/training/material.js'
import type { ChainPlan } from '../../../src/training/recipe.js'
import { samplesOf } from '../../../src/training/search/samples.js'
import { madeUpTablets } from '../../support/made-up-data.js'

const dataset = madeUpTablets()
const recipe = defaultRecipe(dataset, {
  ...{ column: 'kind', group: 'object', minCount: null, unit: null, seed: 1 },
  ...{ models: ['pls'], repeats: 1, priors: null, drop: [] },
})
const material = materialOf(dataset, recipe, null)
const snv: ChainPlan = { name: 'snv', steps: [{ op: 'snv', ddof: 0 }] }
const emsc: ChainPlan = { name: 'emsc', steps: [{ op: 'emsc', order: 1, reference: 'mean' }] }
const absorbance: ChainPlan = { name: 'raw', steps: [{ op: 'absorbance', eps: 1e-8 }] }
const opened = (spectra: (n: number, i: number) => number, plans: readonly ChainPlan[], optional = true) => {
  const made: Material = {
    ...material,
    own: { ...material.own, spectra: material.own.spectra.map((values, n) => values.map((_, i) => spectra(n, i))) },
  }
  return samplesOf(made, plans, optional, recipe, 'made', seededRandom(1))
}
/** A straight line and, up in one spectrum and down in the next, a band: the mean of all is the line. */
const mirrored = (n: number, i: number) => 1 + i / 64 + (n % 2 === 0 ? 1 : -1) * (1 + (n >> 1)) * 1e-3 * Math.exp(-(((i - 20) / 5) ** 2))

t.test('a default chain whose reference the spectra cannot give is passed over by name; one of a recipe is refused', async (t) => {
  t.equal(material.own.spectra.length % 2, 0)
  const { chains, findings, unfit } = opened(mirrored, [emsc, snv])
  t.strictSame(
    chains.map(({ name }) => name),
    ['snv'],
  )
  t.match(findings, [{ code: 'chain-dropped', text: /^the chain "emsc" was not tried: .*CHAIN_INVALID|already explain/ }])
  t.equal(unfit.count, 0)
  t.throws(() => opened(mirrored, [emsc, snv], false), { code: 'CHAIN_INVALID' })
})

t.test('a chain that makes all spectra the same is not tried, and where no other is left the data are refused with what to look at', async (t) => {
  const dark = (n: number, i: number) => -1 - n / 100 - i / 64
  const { chains, findings } = opened(dark, [absorbance, snv])
  t.strictSame(
    chains.map(({ name }) => name),
    ['snv'],
  )
  t.match(findings, [{ code: 'chain-dropped', text: 'the chain "raw" was not tried: it makes all spectra the same' }])
  t.throws(() => opened(dark, [absorbance]), { code: 'DATA_INVALID', message: /made: .*"raw" was not tried.*what to do: look whether quantity_kind/ })
})

t.test('a chain that loses many spectra more than another is left out, not the spectra', async (t) => {
  const negative = Math.ceil(material.own.spectra.length / 10)
  const log: ChainPlan = {
    name: 'log',
    steps: [
      { op: 'absorbance', eps: 1e-8 },
      { op: 'snv', ddof: 0 },
    ],
  }
  const { chains, findings, own } = opened((n, i) => (n < negative ? -1 : 1) * mirrored(n, i), [log, snv])
  t.strictSame(
    chains.map(({ name }) => name),
    ['snv'],
  )
  t.match(findings, [{ code: 'chain-dropped', count: negative }])
  t.equal(own.spectra.length, material.own.spectra.length)
})
