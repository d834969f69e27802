import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import type { Family, Subjects } from '../../../src/training/contract.js'
import { argmax } from '../../../src/training/figures.js'
import { fitLinear, graphOf, heldByLinear, scaled, scalingOf } from '../../../src/training/final/linear-model.js'
import { MAX_KERNEL_SPECTRA } from '../../../src/training/kernel/bench.js'
import { outputsBy } from '../../../src/training/network.js'
import { finalSetting } from '../../../src/training/search/candidate.js'
import type { ChainRows } from '../../../src/training/search/chains.js'
import { bestLinear } from '../../../src/training/search/choose.js'
import { planRepeats } from '../../../src/training/search/folds.js'
import { KERNEL_CHAINS, offerOf } from '../../../src/training/search/kernel-offer.js'
import { KEPT_KERNELS, searchLinear } from '../../../src/training/search/linear-search.js'
import { benchesOf } from '../../../src/training/search/nested.js'

const all: readonly Family[] = ['pls', 'ridge', 'pca-lda', 'kernel-ridge']
const random = seededRandom(1)
/** A ring around a disc: no plane parts the two. */
const truth = Array.from({ length: 80 }, (_, n) => n % 2)
const spectra = truth.map((own) => {
  const [angle, radius] = [2 * Math.PI * random.uniform(), own === 1 ? 3 : 1]
  const [x, y] = [radius * Math.cos(angle), radius * Math.sin(angle)]
  return Float64Array.from([x, y, x + y, x - y, 0, 0], (value) => 5 + value + 0.15 * random.gaussian())
})
const subjectsOf = (groups: readonly string[]): Subjects => ({
  ...{ task: 'class', labels: ['disc', 'ring'], unit: null, limits: null, truth, groups },
  ids: groups.map((_, n) => `${n}`),
  values: truth.map(() => Number.NaN),
})
const alone = subjectsOf(truth.map((_, n) => `row ${n}`))
/** Noise of more and more weight: the chains are ranked by it. */
const chainOf = (noise: number): ChainRows => {
  const rows = spectra.map((values) => ({ values: values.map((value) => value + noise * random.gaussian()), scalars: {} }))
  return { name: `noise ${noise}`, steps: 1, learns: false, rows: () => rows, stepsFor: () => [] }
}
const searched = (chains: readonly ChainRows[], families: readonly Family[], repeats: number) =>
  searchLinear({
    ...{ chains, families, subjects: alone, priors: 'balanced' as const, tell: () => undefined, turn: async () => undefined, enough: () => false },
    repeats: planRepeats(alone, 4, repeats, 1),
  })

t.test('classes that no plane parts go to kernel Ridge, and its graph answers as the search did', async (t) => {
  const chain = chainOf(0)
  const { candidates, procedure } = await searched([chain], all, 1)
  const best = bestLinear(candidates, all)
  t.equal(best?.family, 'kernel-ridge')
  const error = (answers: ArrayLike<number>) => truth.filter((own, n) => answers[n] !== own).length / truth.length
  t.ok(error(procedure[0]?.answers ?? []) < 0.05, 'the choice made anew in every fold is right as well')
  t.ok(candidates.filter(({ family }) => family !== 'kernel-ridge').every(({ repeats: [first] }) => (first?.error ?? 0) > 0.2))

  const [repeat] = planRepeats(alone, 4, 1, 1)
  if (!best || !repeat) throw new Error('nothing was found')
  const scaling = scalingOf(spectra, 0.2)
  const task = {
    chain,
    family: best.family,
    setting: finalSetting(best).index,
    subjects: alone,
    priors: 'balanced' as const,
    benchOf: benchesOf(chain),
  }
  const held = await heldByLinear(task, repeat, scaling)
  t.ok(held.filter(({ row, outputs }) => argmax(outputs) !== truth[row]).length <= 4)
  const graph = graphOf(fitLinear(task, [...truth.keys()]), scaling, null)
  const outputs = await outputsBy(
    graph,
    spectra.map((row) => scaled(scaling, row)),
  )
  t.strictSame(outputs.map(argmax), truth)
})

t.test('it is tried behind the chains that linear models rank best, and its best go on', async (t) => {
  const chains = [2, 0.1, 1, 0, 3, 0.2].map(chainOf)
  const { candidates } = await searched(chains, ['ridge', 'kernel-ridge'], 2)
  const kernels = candidates.filter(({ family }) => family === 'kernel-ridge')
  t.equal(kernels.length, KERNEL_CHAINS)
  t.equal(kernels.filter(({ repeats }) => repeats.length === 2).length, KEPT_KERNELS)
  t.ok(
    candidates.some(({ family, repeats }) => family === 'ridge' && repeats.length === 2),
    'linear models go on beside them',
  )
  t.equal((await searched(chains, ['kernel-ridge'], 1)).candidates.length, chains.length, 'where nothing else is asked for, behind all')
})

t.test('where it cannot be or should not, it is left out and the reason told', async (t) => {
  const chains = [chainOf(0)]
  const blank = subjectsOf(truth.map((_, n) => (n % 3 === 0 ? `row ${n}` : `group ${n % 7}`)))
  t.match(offerOf(all, blank, chains), {
    kernel: false,
    linear: ['pls', 'ridge', 'pca-lda'],
    findings: [{ code: 'kernel-not-tried', text: /34 % of the spectra/ }],
  })
  const few = subjectsOf(truth.map((_, n) => (n % 5 === 0 ? `row ${n}` : `group ${n % 7}`)))
  t.match(offerOf(all, few, chains), { kernel: true, findings: [] })
  t.match(offerOf(all, alone, chains), { kernel: true }, 'without a column nothing is blank')
  t.match(offerOf(['pls'], blank, chains), { kernel: false, findings: [] }, 'nobody asked')
  const many = { ...alone, ids: Array.from({ length: MAX_KERNEL_SPECTRA + 1 }, (_, n) => `${n}`) }
  t.match(offerOf(all, many, chains), { kernel: false, findings: [{ text: /10001 spectra of 6 channels/ }] })
  t.throws(() => offerOf(['kernel-ridge'], many, chains), { code: 'DATA_INVALID' })
})
