import t from 'tap'
import type { Dataset } from '../../src/datasets/folder.js'
import { converterOf } from '../../src/datasets/ratio.js'
import { readBundle } from '../../src/models/bundle.js'
import { loadBundle } from '../../src/models/load.js'
import { flagsOf, ruleOf } from '../../src/models/rule.js'
import { type Choices, defaultRecipe } from '../../src/training/default-recipe.js'
import { examplesOf } from '../../src/training/examples.js'
import { judgeAll } from '../../src/training/judge.js'
import type { Recipe } from '../../src/training/recipe.js'
import { train } from '../../src/training/train.js'
import { madeUpTablets } from '../support/made-up-data.js'

const dataset = madeUpTablets()
const chosen: Choices = {
  ...{ column: 'kind', group: 'object', minCount: null, unit: null, seed: 1 },
  ...{ models: ['pls', 'ridge', 'pca-lda'], repeats: 2, priors: null, drop: [] },
}
/** The default recipe with fewer chains and shuffles, for speed. */
const quick = (set: Dataset, choices: Partial<Choices>, changes: Partial<Recipe> = {}): Recipe => ({
  ...defaultRecipe(set, { ...chosen, ...choices }),
  chains: [
    { name: 'snv', steps: [{ op: 'absorbance', eps: 1e-8 }, { op: 'level' }, { op: 'snv', ddof: 0 }] },
    { name: 'emsc', steps: [{ op: 'absorbance', eps: 1e-8 }, { op: 'level' }, { op: 'emsc', order: 1, reference: 'mean' }] },
  ],
  permutations: 4,
  ...changes,
})
const doses = (recipe: Recipe): Recipe => ({
  ...recipe,
  target: { kind: 'limits', column: 'dose_mg', unit: 'mg', limits: [150, 250], labels: ['weak', 'plain', 'strong'] },
})
t.test('words become classes: right about objects never seen, and the same bytes twice', async (t) => {
  const recipe = quick(dataset, {})
  const steps = new Set<string>()
  const { bundle, report } = await train({ dataset, recipe, axis: null, progress: (what) => steps.add(what) })
  const model = await loadBundle(bundle)
  t.teardown(() => model.close())
  const { manifest } = model.bundle
  t.strictSame(manifest.outputs.labels, ['plain', 'strong', 'weak'])
  t.equal(manifest.provenance?.dataSha256, dataset.sha256)
  t.ok((report.figures['balanced-accuracy']?.value ?? 0) > 0.9, JSON.stringify(report.figures['balanced-accuracy']))
  t.ok((report.figures['balanced-accuracy-procedure']?.value ?? 0) > 0.9)
  t.ok(Math.abs((report.figures['coverage']?.value ?? 0) - 0.95) < 0.06, JSON.stringify(report.figures['coverage']))
  t.equal(manifest.conformal?.objects !== undefined && manifest.conformal.objects <= 120, true, 'objects are counted, not scans')
  t.ok((report.gate?.accepted ?? 0) >= 0.98)
  t.equal(report.permutation?.shuffled.length, 4)
  t.ok(
    (report.permutation?.shuffled ?? []).every((figure) => figure < 0.6),
    'shuffled labels cannot be learnt',
  )
  t.equal(report.candidates.filter(({ won }) => won).length, 1)
  t.equal(report.candidates.length, 6)
  t.strictSame([report.split.train.spectra, report.split.train.objects], [240, 120])
  t.ok(steps.has('linear models') && steps.has('golden spectra'))

  const other = madeUpTablets(2)
  const answers = await judgeAll(
    model,
    other.rows.map((row) => converterOf(other)(row.values)),
  )
  const { truth } = examplesOf(other, recipe)
  t.ok(answers.filter(({ top }, n) => top === truth[n]).length > 0.9 * truth.length, 'tablets of another draw')
  t.ok(Buffer.from((await train({ dataset, recipe, axis: null })).bundle).equals(bundle), 'the same data, recipe and seed give the same bytes')
  t.notOk(Buffer.from((await train({ dataset, recipe: { ...recipe, seed: 6 }, axis: null })).bundle).equals(bundle), 'another seed gives others')
})

t.test('classes of too few objects for prediction sets: every answer says so, and must reach a score', async (t) => {
  const words = [...new Set(dataset.rows.map(({ labels }) => labels['object'] ?? ''))].slice(0, 16)
  const few = { ...dataset, rows: dataset.rows.filter(({ labels }) => words.includes(labels['object'] ?? '')) }
  const { bundle } = await train({ dataset: few, recipe: quick(few, { models: ['pls'] }, { repeats: 1, permutations: 0 }), axis: null })
  const model = await loadBundle(bundle)
  t.teardown(() => model.close())
  const { manifest } = model.bundle
  t.strictSame([manifest.conformal?.pooled, manifest.limits.confidence], [[], 0.8])
  t.ok(flagsOf(manifest, ruleOf(manifest)).includes('interval-unavailable'))
})

t.test('numbers become a value with an interval; a test part is judged by the finished bundle', async (t) => {
  const recipe = quick(
    dataset,
    { column: 'dose_mg' },
    {
      split: { column: 'set', train: ['train'], test: ['test'] },
      chains: [
        {
          name: 'derivative',
          steps: [{ op: 'absorbance', eps: 1e-8 }, { op: 'level' }, { op: 'savgol', window: 7, poly: 2, deriv: 1, mode: 'interp' }],
        },
      ],
    },
  )
  t.strictSame(recipe.target, { kind: 'value', column: 'dose_mg', unit: 'mg', limits: null })
  const { bundle, report } = await train({ dataset, recipe, axis: null })
  const { manifest } = readBundle(bundle)
  t.equal(manifest.task, 'value')
  t.strictSame(manifest.outputs, { labels: ['dose_mg'], unit: 'mg' })
  t.equal(report.split.basis, 'test')
  t.ok((report.figures['rmsep']?.value ?? 99) < 5 && (report.figures['rmsecv']?.value ?? 99) < 5, JSON.stringify(report.figures))
  t.ok((report.figures['r2']?.value ?? 0) > 0.99)
  const bounded = report.predicted.filter(({ low, high, predicted }) => low !== null && high !== null && low < predicted && predicted < high)
  t.ok(bounded.length > 40, `${bounded.length} of 48 have an interval: none where the value is outside what was trained on`)
  t.equal(report.split.test?.spectra, 48)
  t.notOk(
    report.candidates.some(({ family }) => family === 'pca-lda'),
    'LDA has nothing to say of values',
  )
})

t.test('ranges of a value are learnt as a value; a linear model ships as a graph of three logits', async (t) => {
  const { bundle, report } = await train({ dataset, recipe: doses(quick(dataset, {})), axis: null })
  const { manifest } = readBundle(bundle)
  t.strictSame(manifest.outputs.labels, ['weak', 'plain', 'strong'])
  t.strictSame(manifest.provenance?.limits, [150, 250])
  t.ok((report.figures['balanced-accuracy']?.value ?? 0) > 0.95, JSON.stringify(report.figures))
})

t.test('one word alone makes an identity: the gate decides', async (t) => {
  const weak = { ...dataset, rows: dataset.rows.filter(({ labels }) => labels['kind'] === 'weak') }
  const recipe = quick(weak, {})
  t.strictSame(recipe.target, { kind: 'identity', column: 'kind', label: 'weak' })
  const { bundle, report } = await train({ dataset: weak, recipe, axis: null })
  const model = await loadBundle(bundle)
  t.teardown(() => model.close())
  t.equal(model.bundle.manifest.task, 'identity')
  t.ok((report.figures['accepted-share']?.value ?? 0) >= 0.95)
  const answers = await judgeAll(
    model,
    dataset.rows.map((row) => converterOf(dataset)(row.values)),
  )
  const accepted = (kind: string) => answers.filter(({ verdict }, n) => verdict === 'accepted' && dataset.rows[n]?.labels['kind'] === kind).length
  t.ok(accepted('weak') >= 76 && accepted('strong') === 0, `${accepted('weak')} of 80 weak, ${accepted('strong')} strong ones`)
})

t.test('what is left out is listed: without a label, unknown, too rare, dropped, without values', async (t) => {
  const rows = dataset.rows.map((row, n) => ({
    ...row,
    labels: { ...row.labels, kind: n < 4 ? '' : n < 6 ? 'Unknown' : n < 8 ? 'odd' : (row.labels['kind'] ?? '') },
    values:
      n === 10 || n === 11
        ? row.values.map((value, i) => (i > 9 && i < 20 ? Number.NaN : value))
        : n === 12
          ? row.values.map((value, i) => (i === 7 ? Number.NaN : value))
          : row.values,
  }))
  const recipe = quick(dataset, { repeats: 1, drop: ['8-1', '8-2'] }, { target: { kind: 'labels', column: 'kind', minCount: 3 }, permutations: 0 })
  const { report } = await train({ dataset: { ...dataset, rows }, recipe, axis: null })
  const { unlabelled, unknown, rare, dropped, unfit } = report.leftOut
  t.strictSame(
    { unlabelled, unknown, rare, dropped, unfit },
    {
      unlabelled: { count: 4, ids: ['0-1', '0-2', '1-1', '1-2'] },
      unknown: { count: 2, ids: ['2-1', '2-2'] },
      rare: { count: 2, ids: ['3-1', '3-2'] },
      dropped: { count: 2, ids: ['8-1', '8-2'] },
      unfit: { count: 2, ids: ['5-1', '5-2'] },
    },
  )
  t.equal(report.split.train.spectra, 240 - 12)
  t.ok(
    report.findings.some(({ code, ids }) => code === 'gaps-filled' && ids.includes('6-1')),
    'a short gap is filled, and told',
  )
  const holes = dataset.rows.map((row) => ({ ...row, values: row.values.map((value, i) => (i > 9 && i < 20 ? Number.NaN : value)) }))
  await t.rejects(train({ dataset: { ...dataset, rows: holes }, recipe, axis: null }), {
    code: 'DATA_INVALID',
    message: /240 of 240|spectra with a missing value/,
  })
})

t.test('what cannot be learnt is refused by name', async (t) => {
  const refused = (target: Recipe['target'], message: RegExp) =>
    t.throws(() => examplesOf(dataset, { target, group: null, drop: [] }), { code: 'DATA_INVALID', message })
  refused({ kind: 'labels', column: 'colour', minCount: 1 }, /no column "colour".*object, kind, dose_mg, set/)
  refused({ kind: 'labels', column: 'dose_mg', minCount: 20 }, /no spectrum with a label/)
  refused({ kind: 'limits', column: 'kind', unit: 'mg', limits: [1, 2], labels: ['a', 'b', 'c'] }, /spectrum "0-1".*"weak"/)
  refused({ kind: 'limits', column: 'dose_mg', unit: 'mg', limits: [1000, 2000], labels: ['a', 'b', 'c'] }, /1 class in/)
  t.throws(() => examplesOf(dataset, { target: { kind: 'labels', column: 'kind', minCount: 1 }, group: null, drop: ['nobody'] }), {
    message: /"nobody"/,
  })
})

t.test('replicates may become one spectrum each', async (t) => {
  const { report } = await train({ dataset, recipe: quick(dataset, { repeats: 1 }, { replicates: 'average', permutations: 0 }), axis: null })
  t.strictSame(report.split.train, { spectra: 120, objects: 120 })
})

t.test('spectra without an absolute meaning make a model of counts per millisecond', async (t) => {
  const intensity: Dataset = { ...dataset, meta: { ...dataset.meta, quantity_kind: 'intensity', geometry: 'emission-or-scattering' } }
  const { bundle } = await train({ dataset: intensity, recipe: { ...quick(intensity, { repeats: 1 }), chains: null, permutations: 0 }, axis: null })
  const { input, chain } = readBundle(bundle).manifest
  t.strictSame([input.quantity, input.geometry], ['counts-per-ms', 'emission-or-scattering'])
  t.notOk(chain.some(({ op }) => op === 'absorbance'))
})

t.test('a training that is stopped ends as stopped; one that is to finish ends with the best so far', async (t) => {
  const recipe = quick(dataset, {})
  await t.rejects(train({ dataset, recipe, axis: null, signal: AbortSignal.abort() }), { code: 'ABORTED' })
  const finish = new AbortController()
  finish.abort()
  const { bundle, report } = await train({ dataset, recipe, axis: null, finish: finish.signal })
  t.ok(report.stoppedEarly)
  t.equal(report.findings[0]?.code, 'stopped-early')
  t.ok(report.candidates.length > 0 && report.candidates.length < 6, 'others were not tried')
  const model = await loadBundle(bundle)
  await model.close()
})
