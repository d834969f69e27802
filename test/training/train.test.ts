import t from 'tap'
import { converterOf } from '../../src/datasets/ratio.js'
import { readBundle } from '../../src/models/bundle.js'
import { loadBundle } from '../../src/models/load.js'
import { defaultRecipe } from '../../src/training/default-recipe.js'
import { labelled } from '../../src/training/examples.js'
import { judgeAll } from '../../src/training/judge.js'
import { parseRecipe } from '../../src/training/recipe.js'
import { train } from '../../src/training/train.js'
import { madeUpTablets } from '../support/made-up-data.js'

const dataset = madeUpTablets()
const recipe = parseRecipe(
  `
id: made-up
version: 1.0.0
title: a test
target: {kind: limits, column: dose_mg, unit: mg, limits: [150, 250], labels: [weak, plain, strong]}
split: {share: 0.2, group: object}
quantity: transmittance
chain:
  - {op: absorbance, eps: 1.0e-8}
  - {op: level, name: level}
  - {op: snv, ddof: 0}
  - {op: savgol, window: 5, poly: 2, deriv: 1, mode: interp}
counts: {detector: chromation, integrationUs: 100000, density: 2.3, averages: 1, referenceAverages: 1}
cnn: {convs: [{width: 5, channels: 4, pool: 2}], hidden: [8], epochs: 8, batch: 32, learningRate: 0.01, dropout: 0, weightDecay: 0.001}
folds: 2
draws: {train: 1, judge: 2}
pls: {components: 4}
gate: {components: 3, alpha: 0.02, margin: 0.25}
confidence: 0.8
population: {components: 4}
seed: 5
`,
  'recipe.yaml',
)

t.test('a set and a recipe become a bundle that answers its own golden spectra, and is right about objects it never saw', async (t) => {
  const steps = new Set<string>()
  const { bundle, report, population } = await train({ dataset, recipe, axis: null, progress: (what) => steps.add(what) })
  const model = await loadBundle(bundle)
  t.teardown(() => model.close())
  t.strictSame(model.bundle.manifest.outputs.labels, ['weak', 'plain', 'strong'])
  t.equal(model.bundle.manifest.provenance?.dataSha256, dataset.sha256)
  t.equal(model.bundle.manifest.provenance?.figures['balanced-accuracy']?.value, report.figures['balanced-accuracy']?.value)
  t.ok((report.figures['balanced-accuracy']?.value ?? 0) > 0.9, JSON.stringify(report.figures['balanced-accuracy']))
  t.ok((report.figures['balanced-accuracy-pls']?.value ?? 0) > 0.9)
  t.equal(report.objects.test, 48, 'two spectra of each of 24 tablets')
  t.equal(population.axis.values.length, dataset.axis.values.length)
  t.ok(steps.has('gate') && steps.has('golden spectra'))

  const other = madeUpTablets(2)
  const toRatio = converterOf(other)
  const answers = await judgeAll(
    model,
    other.rows.map((row) => toRatio(row.values)),
  )
  const { truth } = labelled(other, recipe.target)
  t.ok(answers.filter(({ top }, n) => top === truth[n]).length > 0.9 * truth.length, 'tablets of another draw')
  const again = await train({ dataset, recipe, axis: null })
  t.ok(Buffer.from(again.bundle).equals(bundle), 'the same data, recipe and seed give the same bytes')
  const otherSeed = await train({ dataset, recipe: { ...recipe, seed: 6 }, axis: null })
  t.notOk(Buffer.from(otherSeed.bundle).equals(bundle), 'another seed gives others')
})

t.test('without a recipe the words of a column are the classes', async (t) => {
  const plain = defaultRecipe(dataset, { column: 'kind', group: 'object', minCount: null, seed: 1 })
  const { bundle, report } = await train({ dataset, recipe: { ...plain, folds: 2, cnn: { ...plain.cnn, epochs: 12 } }, axis: null })
  t.strictSame(readBundle(bundle).manifest.outputs.labels, ['plain', 'strong', 'weak'])
  t.ok((report.figures['balanced-accuracy']?.value ?? 0) > 0.9, JSON.stringify(report.figures['balanced-accuracy']))
  t.notOk('balanced-accuracy-ideal' in report.figures, 'nothing went through counts')
})

t.test('spectra with holes, and those without a label, are left out and counted', async (t) => {
  const rows = dataset.rows.map((row, n) => ({
    ...row,
    labels: n < 4 ? { ...row.labels, dose_mg: '' } : row.labels,
    values: n === 10 || n === 11 ? row.values.map((value, i) => (i === 7 ? Number.NaN : value)) : row.values,
  }))
  const quick = { ...recipe, cnn: { ...recipe.cnn, epochs: 2 } }
  const { report } = await train({ dataset: { ...dataset, rows }, recipe: quick, axis: null })
  t.strictSame(report.leftOut, { unlabelled: 4, unfit: 2 })
  t.equal(report.objects.train + report.objects.test, 240 - 6)
  const holes = dataset.rows.map((row) => ({ ...row, values: row.values.map((value, i) => (i === 7 ? Number.NaN : value)) }))
  await t.rejects(train({ dataset: { ...dataset, rows: holes }, recipe: quick, axis: null }), { code: 'DATA_INVALID', message: /240 of 240 spectra/ })
})

t.test('what cannot be learnt is refused by name', async (t) => {
  const refused = (changed: Partial<typeof dataset>, target: Parameters<typeof labelled>[1], message: RegExp) =>
    t.throws(() => labelled({ ...dataset, ...changed }, target), { code: 'DATA_INVALID', message })
  refused({}, { kind: 'labels', column: 'colour', minCount: 1 }, /no column "colour".*object, kind, dose_mg, set/)
  refused({}, { kind: 'labels', column: 'dose_mg', minCount: 20 }, /0 classes.*give limits in a recipe/)
  refused({}, { ...recipe.target, kind: 'limits', column: 'kind', unit: 'mg', limits: [1, 2], labels: ['a', 'b', 'c'] }, /spectrum "0-1".*"weak"/)
  refused({}, { kind: 'limits', column: 'dose_mg', unit: 'mg', limits: [1000, 2000], labels: ['a', 'b', 'c'] }, /1 classes/)
  await t.rejects(train({ dataset: { ...dataset, meta: { ...dataset.meta, quantity_kind: 'intensity' } }, recipe, axis: null }), {
    code: 'DATA_INVALID',
    message: /quantity_kind "intensity".*absorbance/,
  })
})

t.test('a training that is stopped ends as stopped', async (t) => {
  await t.rejects(train({ dataset, recipe, axis: null, signal: AbortSignal.abort() }), { code: 'ABORTED' })
})
