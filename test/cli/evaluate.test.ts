import t, { type Test } from 'tap'
import { makeAxis } from '../../src/spectrum/axis.js'
import { inside } from '../support/command-line.js'
import { absorbance, provenance, threeMaterials, tinyFile, tinyFolder } from '../support/tiny-folder.js'
import { identityChanges, tinyAxis, valueChanges } from '../support/tiny-model.js'

const evaluate = async (t: Test, ...args: string[]) => {
  const outcome = await inside(t, 'evaluate', ...args)
  return { ...outcome, figures: outcome.exit === 0 && args.includes('--json') ? JSON.parse(outcome.out) : null }
}

const masked = (values: readonly number[], from: number, count: number) => values.map((v, i) => (i >= from && i < from + count ? Number.NaN : v))

t.test('a class model: the forced answer for every spectrum, the accepted apart, sets where the gate let it pass', async (t) => {
  const model = await tinyFile(t)
  const rows = [
    ...threeMaterials(9),
    { id: 'wrong', labels: { kind: 'late' }, values: absorbance(0, 50) },
    { id: 'foreign', labels: { kind: 'early' }, values: absorbance('foreign') },
    { id: 'masked', labels: { kind: 'early' }, values: masked(absorbance(0, 51), 2, 8) },
    { id: 'nameless', labels: { kind: '' }, values: absorbance(0, 52) },
  ]
  const { figures, err } = await evaluate(t, '--model', model, '--data', tinyFolder(t, rows), '--json')
  t.strictSame(Object.keys(figures), [
    ...['n', 'task', 'accuracy', 'balancedAccuracy', 'macroF1', 'acceptedAccuracy', 'rejected', 'coverage', 'setSize', 'perClass'],
  ])
  t.match(figures, { n: 12, task: 'class', rejected: 2 / 12, acceptedAccuracy: 0.9, coverage: 0.9, setSize: 1 })
  // The foreign one is named "late" if it must be named; the masked one is wrong because nothing was answered.
  t.equal(figures.accuracy, 9 / 12)
  t.match(figures.perClass.late, { n: 4, recall: 0.75, precision: 0.75, accepted: 1, rejected: 0, coverage: 0.75 })
  t.match(figures.perClass.early, { n: 5, recall: 0.6, precision: 0.75, rejected: 0.4 })
  t.equal(figures.balancedAccuracy, (0.6 + 1 + 0.75) / 3)
  t.match(err, /1 of the spectra are not judged: nothing in the column "kind"/)
})

t.test('macro F1 is the mean over the labels of 2 hits / (true + named)', async (t) => {
  const rows = [...threeMaterials(6), { id: 'wrong', labels: { kind: 'late' }, values: absorbance(0, 50) }]
  const { figures } = await evaluate(t, '--model', await tinyFile(t), '--data', tinyFolder(t, rows), '--json')
  t.equal(figures.macroF1, (4 / 5 + 1 + 4 / 5) / 3)
})

t.test('a label that the model does not have is not among the plain figures, counts in n and rejected, and is wrong where accepted', async (t) => {
  const rows = [
    ...threeMaterials(6),
    { id: 'passes', labels: { kind: 'stone' }, values: absorbance(1, 60) },
    { id: 'stopped', labels: { kind: 'stone' }, values: absorbance('foreign') },
  ]
  const model = await tinyFile(t)
  const { figures } = await evaluate(t, '--model', model, '--data', tinyFolder(t, rows), '--json')
  t.match(figures, { n: 8, accuracy: 1, balancedAccuracy: 1, macroF1: 1, acceptedAccuracy: 6 / 7, rejected: 1 / 8, coverage: 1 })
  t.strictSame(figures.perClass.stone, {
    ...{ n: 2, recall: null, precision: null, f1: null, accepted: 0.5, rejected: 0.5, coverage: null, setSize: null },
  })
  const alone = await evaluate(t, '--model', model, '--data', tinyFolder(t, rows.slice(7)), '--json')
  t.match(alone.figures, { n: 1, accuracy: null, balancedAccuracy: null, macroF1: null, acceptedAccuracy: null, rejected: 1, coverage: null })
})

t.test('a value model: rmsep, bias and r2 of the forced answer, the accepted apart, intervals where they are given', async (t) => {
  const model = await tinyFile(t, { ...valueChanges, provenance: { ...provenance, target: 'band' } }, 'moment')
  const alone = [...threeMaterials(3), { id: 'foreign', labels: { kind: '' }, values: absorbance('foreign') }]
  const answers = await inside(t, 'predict', '--model', model, '--data', tinyFolder(t, alone), '--out', '-')
  const said = answers.out
    .split('\n')
    .slice(1, 5)
    .map((line) => Number(line.split(',')[7]))
  // Off by 1, 1 and 1; by -9; foreign, off by 10; without an answer; and one that nothing is known of.
  const rows = [
    ...alone.map((row, n) => ({ ...row, labels: { band: String((said[n] ?? 0) - (n < 3 ? 1 : 10)) } })),
    { id: 'far', labels: { band: String((said[0] ?? 0) + 9) }, values: absorbance(0, 0) },
    { id: 'masked', labels: { band: '200' }, values: masked(absorbance(0, 51), 2, 8) },
    { id: 'nameless', labels: { band: ' ' }, values: absorbance(0, 52) },
  ]
  const { figures } = await evaluate(t, '--model', model, '--data', tinyFolder(t, rows, { columns: ['band'] }), '--json')
  t.strictSame(Object.keys(figures), ['n', 'task', 'rmsep', 'bias', 'r2', 'acceptedRmsep', 'rejected', 'coverage', 'intervalWidth'])
  const near = (name: string, value: number) => t.ok(Math.abs(figures[name] - value) < 1e-4, `${name} ${figures[name]} is ${value}`)
  near('rmsep', Math.sqrt((3 + 81 + 100) / 5))
  near('acceptedRmsep', Math.sqrt((3 + 81) / 4))
  near('bias', (3 - 9 + 10) / 5)
  near('intervalWidth', 8)
  near('coverage', 0.75)
  t.equal(figures.rejected, 2 / 6)
  t.equal(figures.n, 6)
  const truths = rows.slice(0, 5).map(({ labels }) => Number(labels.band))
  const centre = truths.reduce((sum, v) => sum + v / 5, 0)
  near('r2', 1 - 184 / truths.reduce((sum, v) => sum + (v - centre) ** 2, 0))
  const wordy = tinyFolder(t, [{ id: 'x', labels: { band: 'high' }, values: absorbance(0) }], { columns: ['band'] })
  t.match(await evaluate(t, '--model', model, '--data', wordy), { exit: 65, err: /spectrum "x".*seen: "high"; allowed: a number/ })
})

t.test('an identity: right is accepted where it is the material, and not where it is none', async (t) => {
  const model = await tinyFile(t, { ...identityChanges, provenance: { ...provenance, target: 'kind' } }, 'constant')
  const rows = [
    ...threeMaterials(3).map((row) => ({ ...row, labels: { kind: 'tiny' } })),
    { id: 'foreign', labels: { kind: 'stone' }, values: absorbance('foreign') },
    { id: 'stranger', labels: { kind: 'stone' }, values: absorbance(1, 9) },
  ]
  const { figures } = await evaluate(t, '--model', model, '--data', tinyFolder(t, rows), '--json')
  t.match(figures, { n: 5, task: 'identity', accuracy: 0.8, balancedAccuracy: 0.75, acceptedAccuracy: 0.75, rejected: 0.2, coverage: null })
  const unnamed = tinyFolder(t, threeMaterials(3), { columns: ['other'] })
  t.match(await evaluate(t, '--model', model, '--data', unnamed, '--json'), { figures: { n: 3, accuracy: 1 } })
})

t.test('labels that are ranges of a number are told by the limits of the bundle, or of the command line', async (t) => {
  const rows = threeMaterials(6).map((row, n) => ({ ...row, labels: { nm: String(1020 + 30 * (n % 3)) } }))
  const data = tinyFolder(t, rows, { columns: ['nm'] })
  const silent = await tinyFile(t, { provenance: { ...provenance, target: 'nm' } })
  const telling = await tinyFile(t, { provenance: { ...provenance, target: 'nm', limits: [1040, 1060] } })
  t.match(await evaluate(t, '--model', telling, '--data', data, '--json'), { figures: { n: 6, accuracy: 1 } })
  t.match(await evaluate(t, '--model', silent, '--data', data, '--limits', '1040,1060', '--json'), { figures: { n: 6, accuracy: 1 } })
  t.match(await evaluate(t, '--model', silent, '--data', data, '--limits', '1060,1040'), { exit: 64, err: /two rising numbers/ })
  t.match(await evaluate(t, '--model', silent, '--data', data), { exit: 65, err: /seen: numbers \(1020, 1050, 1080\).*--limits/ })
})

t.test('spectra on an axis that does not reach are all rejected, and it is said why', async (t) => {
  const axis = makeAxis('wavelength', tinyAxis.values.subarray(4))
  const rows = threeMaterials(3).map((row) => ({ ...row, values: row.values.slice(4) }))
  const { exit, figures, err } = await evaluate(t, '--model', await tinyFile(t), '--data', tinyFolder(t, rows, { axis }), '--json')
  t.equal(exit, 0)
  t.match(figures, { n: 3, accuracy: 0, acceptedAccuracy: null, rejected: 1, coverage: null, setSize: null })
  t.match(err, /every spectrum is rejected \(axis-mismatch\): the instrument does not reach/)
})

t.test('light that was collected otherwise is rejected; where the set does not say how, the way of the model is taken', async (t) => {
  const model = await tinyFile(t)
  const other = tinyFolder(t, threeMaterials(3), { meta: { geometry: 'reflectance' } })
  t.match(await evaluate(t, '--model', model, '--data', other, '--json'), { figures: { rejected: 1 }, err: /quantity-mismatch/ })
  const unsaid = tinyFolder(t, threeMaterials(3), { meta: { geometry: 'unknown' } })
  t.match(await evaluate(t, '--model', model, '--data', unsaid, '--json'), { figures: { rejected: 0, accuracy: 1 }, err: '' })
})

t.test('for a person: each figure with its meaning and interval, why spectra were refused, who is taken for whom', async (t) => {
  const rows = [...threeMaterials(12), { id: 'foreign', labels: { kind: 'stone' }, values: absorbance('foreign') }]
  const { exit, out } = await evaluate(t, '--model', await tinyFile(t), '--data', tinyFolder(t, rows), '--group', 'kind')
  t.equal(exit, 0)
  t.match(out, /^13 spectra judged by tiny 1\.0\.0\naccuracy +1\.000 {2}share named rightly, the forced answer counted for every one\n/)
  t.match(out, /unknown, foreign: 1 \(.*(Q|T2|level)/)
  t.match(out, /\nearly +4 +1\.000 +1\.000 +1\.000 +1\.000 +0\.000 +1\.000\n/)
  t.match(out, /\nstone +1 +- +- +- +0\.000 +1\.000 +-\n/)
  t.match(out, /\n {2}early: 4, 0, 0, 0\n/)
  const alone = await evaluate(t, '--model', await tinyFile(t), '--data', tinyFolder(t, rows))
  t.match(alone.out, /\(95 %: 1\.000 to 1\.000, by spectra\)/)
})

t.test('what cannot be judged is named with what to do', async (t) => {
  const model = await tinyFile(t)
  const data = tinyFolder(t, threeMaterials(3))
  t.match(await evaluate(t, '--model', model, '--data', data, '--target', 'colour'), { exit: 65, err: /no column "colour"; allowed: kind.*--target/ })
  t.match(await evaluate(t, '--model', model, '--data', data, '--group', 'batch'), { exit: 65, err: /--group.*no column "batch"; allowed: kind/ })
  t.match(await evaluate(t, '--model', `${model}.not`, '--data', data), { exit: 65, err: /\.s2m\.not: the bundle/ })
  t.match(await evaluate(t, '--model', model, '--data', `${data}/no`), { exit: 65, err: /no such file or folder/ })
  const bare = tinyFolder(
    t,
    threeMaterials(3).map((row) => ({ ...row, labels: { kind: '' } })),
  )
  t.match(await evaluate(t, '--model', model, '--data', bare), { exit: 65, err: /no spectrum with a label.*predict/ })
})
