import t from 'tap'
import { loadBundle } from '../../src/models/load.js'
import { type NetworkTask, trainNetwork } from '../../src/training/network.js'
import { parseRecipe } from '../../src/training/parse-recipe.js'
import { trainNetworks } from '../../src/training/search/network-threads.js'
import { train } from '../../src/training/train.js'
import { madeUpTablets } from '../support/made-up-data.js'

const dataset = madeUpTablets()
const recipe = parseRecipe(
  `
id: made-up
version: 1.0.0
title: a test
target: {kind: limits, column: dose_mg, unit: mg, limits: [150, 250], labels: [weak, plain, strong]}
group: object
split: {share: 0.2}
chains:
  - name: snv, first derivative
    steps:
      - {op: absorbance, eps: 1.0e-8}
      - {op: level, name: level}
      - {op: snv, ddof: 0}
      - {op: savgol, window: 5, poly: 2, deriv: 1, mode: interp}
models: [pls, cnn]
ship: cnn
repeats: 1
folds: 2
counts: {detector: chromation, integrationUs: 100000, density: 2.3, averages: 1, referenceAverages: 1}
draws: {train: 1, judge: 2}
augment: {offset: 0.1, slope: 0.1, gain: 0.03, noise: 0.001, shift: 0.3, mix: 0.2}
cnn: {convs: [{width: 5, channels: 4, pool: 2}], hidden: [8], epochs: 16, batch: 32, learningRate: 0.01, dropout: 0, weightDecay: 0.001, backend: wasm}
gate: {components: 3, margin: 0.25}
confidence: 0.8
population: {components: 4}
permutations: 2
seed: 5
`,
  'recipe.yaml',
)

/** Each thread reads the sources anew. */
t.setTimeout(120_000)

t.test('a network that must ship is quantized, cross-validated in threads of its own, and stands beside PLS', async (t) => {
  const steps = new Set<string>()
  const { bundle, report, population } = await train({ dataset, recipe, axis: null, progress: (what) => steps.add(what) })
  const model = await loadBundle(bundle)
  t.teardown(() => model.close())
  t.match(report.model.graph, /int8/)
  t.ok((report.figures['balanced-accuracy']?.value ?? 0) > 0.8, JSON.stringify(report.figures))
  t.ok((report.figures['balanced-accuracy-cv']?.value ?? 0) > 0.8)
  t.ok((report.figures['agreement-int8-fp32']?.value ?? 0) >= 0.98)
  t.ok((report.figures['linear']?.value ?? 0) > 0.8)
  t.match(report.winner.text, /The recipe asks for the network/)
  t.equal(report.candidates.at(0)?.family, 'cnn')
  t.equal(population.axis.values.length, dataset.axis.values.length)
  t.ok([...steps].some((step) => step.startsWith('network behind')))
})

const plan = recipe.cnn
if (plan === null) throw new Error('the recipe of this test has a network')

const task = (seed: number): NetworkTask => {
  const spectra = dataset.rows.slice(0, 60).map(({ values }) => values.map((value) => 10 ** -value))
  const targets = dataset.rows.slice(0, 60).map((_, n) => Math.floor(n / 2) % 3)
  const part = (from: number, to: number) => ({ spectra: spectra.slice(from, to), targets: targets.slice(from, to), weights: null })
  return {
    axis: { kind: dataset.axis.kind, values: dataset.axis.values },
    steps: [
      { op: 'absorbance', eps: 1e-8 },
      { op: 'snv', ddof: 0 },
    ],
    ratio: true,
    counts: null,
    augment: recipe.augment,
    cnn: plan,
    head: { kind: 'classes', labels: 3 },
    fit: { ...part(0, 42), weights: Array.from({ length: 42 }, (_, n) => (n % 2 === 0 ? 1.5 : 0.5)) },
    stop: part(42, 54),
    ranges: part(54, 60),
    epochs: 4,
    seed,
  }
}

t.test('what a network becomes hangs on its task alone: not on threads, nor on what is trained beside it', async (t) => {
  const [first, second] = await trainNetworks([task(1), task(2)], () => undefined, new AbortController().signal)
  const alone = await trainNetwork(task(1))
  t.ok(first && Buffer.from(first.int8).equals(alone.int8))
  t.ok(second && !Buffer.from(second.int8).equals(alone.int8), 'another seed gives another network')
})

t.test('a thread that fails or is stopped says so, and leaves none running', async (t) => {
  const signal = new AbortController().signal
  const unlearnable = { ...task(1), fit: { ...task(1).fit, targets: task(1).fit.targets.map(() => 7) } }
  await t.rejects(
    trainNetworks([unlearnable, task(2)], () => undefined, signal),
    { code: 'DATA_INVALID', message: /target of row 1/ },
  )
  const stop = new AbortController()
  const stopped = trainNetworks([{ ...task(1), epochs: 2000 }], () => stop.abort(), stop.signal)
  await t.rejects(stopped, { code: 'ABORTED' })
  await t.rejects(
    trainNetworks([task(1)], () => undefined, AbortSignal.abort()),
    { code: 'ABORTED' },
  )
})
