import t from 'tap'
import { makeAxis } from '../../../src/spectrum/axis.js'
import { seededRandom } from '../../../src/spectrum/random.js'
import type { Part } from '../../../src/training/material.js'
import { openChain } from '../../../src/training/search/chains.js'
import { bestLinear } from '../../../src/training/search/choose.js'
import { planRepeats } from '../../../src/training/search/folds.js'
import { fineNoise, quietBand } from '../../../src/training/search/noise.js'
import { searchRobust } from '../../../src/training/search/robust.js'
import { changedCopies } from '../../../src/training/search/stress.js'

const CHANNELS = 60
const COUNT = 60
const axis = makeAxis(
  'wavelength',
  Float64Array.from({ length: CHANNELS }, (_, i) => 1000 + 5 * i),
)

/** Transmittances whose band at channel 20 is the value, with a baseline of its own in each, and noise of 0.001 in absorbance; more where `noisy`. */
const spectraOf = (seed: number, noisy: (i: number) => boolean = () => false) => {
  const random = seededRandom(seed)
  const values = Array.from({ length: COUNT }, () => 1 + random.uniform())
  const spectra = values.map((value) => {
    const up = 0.3 * random.uniform()
    return Float64Array.from({ length: CHANNELS }, (_, i) => {
      const absorbance = up + 0.5 * value * Math.exp(-(((i - 20) / 6) ** 2)) + 0.3 * Math.exp(-(((i - 42) / 8) ** 2))
      return 10 ** -(absorbance + (noisy(i) ? 0.1 : 0.001) * random.gaussian())
    })
  })
  // References are known to a tenth: no chain can be better than that.
  return { values: values.map((value) => value + 0.1 * random.gaussian()), spectra }
}

const partOf = ({ values, spectra }: ReturnType<typeof spectraOf>): Part => ({
  ...{ task: 'value', labels: ['value'], unit: '', limits: null, values, spectra },
  ids: values.map((_, n) => `${n}`),
  groups: values.map((_, n) => `${n}`),
  truth: values.map(() => 0),
})

const searched = async (subjects: Part) => {
  const absorbance = { op: 'absorbance', eps: 1e-8 }
  const plans = [
    { name: 'raw', steps: [absorbance] },
    { name: 'half', steps: [absorbance, { op: 'band', method: 'quiet-part', from: 0, to: 0.5 }] },
    { name: 'far end', steps: [absorbance, { op: 'band', method: 'quiet-part', from: 0.75, to: 1 }] },
  ]
  const chains = plans.flatMap((plan) => openChain(plan, axis, subjects.spectra) ?? [])
  return searchRobust({
    ...{ subjects, chains, families: ['pls'], repeats: planRepeats(subjects, 4, 1, 1), priors: 'balanced', axis, quantity: 'transmittance', seed: 1 },
    ...{ tell: () => {}, turn: async () => {}, enough: () => false },
  })
}

t.test('of parts of the axis that do as well the one of fewer channels wins; the part without the band does not', async (t) => {
  const found = await searched(partOf(spectraOf(1)))
  t.equal(bestLinear(found.candidates, ['pls'])?.chain.name, 'half')
  const far = found.candidates.find(({ chain }) => chain.name === 'far end')
  t.ok((far?.repeats[0]?.error ?? 0) > 0.2, 'nothing of the value is there')
})

t.test('answers and errors are of the spectra as they are, criteria of changed copies too', async (t) => {
  const subjects = partOf(spectraOf(1))
  const { candidates, procedure } = await searched(subjects)
  t.equal(procedure[0]?.answers.length, COUNT)
  const [best] = candidates
  const [repeat] = best?.repeats ?? []
  t.equal(repeat?.answers.length, COUNT)
  const error = Math.sqrt(subjects.values.reduce((sum, value, n) => sum + (value - (repeat?.answers[n] ?? 0)) ** 2 / COUNT, 0))
  t.ok(Math.abs(error - (repeat?.error ?? 0)) < 1e-12)
  t.ok((repeat?.criterion ?? 0) > 1.001 * error, `${repeat?.criterion} beside ${error}`)
  t.equal(best?.chain.rows([0]).length, COUNT, 'the chain that goes on has no copies')
})

t.test('what is far more exact on the spectra themselves is not given up for what a shift changes less', async (t) => {
  const random = seededRandom(3)
  const values = Array.from({ length: COUNT }, () => 1 + random.uniform())
  const spectra = values.map((value) => {
    const rough = value + 0.2 * random.gaussian()
    return Float64Array.from({ length: CHANNELS }, (_, i) => {
      const narrow = 0.05 * value * Math.exp(-((i - 12) ** 2)) + 1.5 * Math.exp(-(((i - 12) / 3) ** 2))
      const broad = 0.5 * rough * Math.exp(-(((i - 45) / 8) ** 2))
      return 10 ** -(0.3 + narrow + broad + 0.0002 * random.gaussian())
    })
  })
  const subjects = partOf({ values, spectra })
  const { candidates } = await searched(subjects)
  const errorOf = (name: string) => candidates.find(({ chain }) => chain.name === name)?.repeats[0]?.error ?? Number.NaN
  t.ok(errorOf('half') < 0.1 * errorOf('far end'), `${errorOf('half')} beside ${errorOf('far end')}`)
  t.equal(bestLinear(candidates, ['pls'])?.chain.name, 'half')
})

t.test('the same seed changes spectra in the same way, and what holds no number stays as it is', async (t) => {
  const { spectra } = spectraOf(1)
  const holed = spectra.map((row, n) => (n === 3 ? row.map((value, i) => (i === 7 ? Number.NaN : i === 8 ? -1 : value)) : row))
  const once = changedCopies(holed, true, seededRandom(5))
  t.same(once, changedCopies(holed, true, seededRandom(5)))
  t.ok(Number.isNaN(once[3]?.[7]))
  t.equal(once[3]?.[8], -1)
  t.ok(once.every((row, n) => row.every((value, i) => Number.isNaN(value) || n === 3 || (value > 0 && value !== holed[n]?.[i]))))
})

t.test('noisy ends are cut off and nothing between them; quiet spectra are left whole', async (t) => {
  const rows = (noisy: (i: number) => boolean) => spectraOf(2, noisy).spectra.map((row) => row.map((value) => -Math.log10(value)))
  const [first, last] = quietBand(
    rows((i) => i >= 48 || i === 30),
    3,
  ) ?? [0, CHANNELS]
  t.equal(first, 0)
  t.ok(last >= 43 && last <= 48, `${last}`)
  t.equal(
    quietBand(
      rows(() => false),
      3,
    ),
    null,
  )
  const noise = fineNoise(rows(() => false))
  t.ok(Math.abs((noise[10] ?? 0) - 0.001) < 0.0004, `${noise[10]}`)
})
