import t from 'tap'
import { loadBundle } from '../../../src/models/load.js'
import { useTransfer } from '../../../src/models/transfer.js'
import { makeAxis } from '../../../src/spectrum/axis.js'
import { answerSet } from '../../../src/training/evaluation/answers.js'
import type { Method, TransferTask } from '../../../src/training/transfer/contract.js'
import { bandOf } from '../../../src/training/transfer/spectra.js'
import { transfer } from '../../../src/training/transfer/transfer.js'
import { provenance } from '../../support/tiny-folder.js'
import { fixture, identityChanges, tinyBundle, tinyGate, valueChanges } from '../../support/tiny-model.js'
import { type Sight, samplesOf, valueBy, widerAxis } from '../../support/transfer-sets.js'

/** Samples between the three materials are no strangers to it, as they are to the gate of `tiny-model.ts`. */
const gate = { ...tinyGate(), scalars: {}, limits: { t2: 100, q: 100 } }
const model = await loadBundle(
  await tinyBundle({ ...valueChanges, gate, conformal: undefined, limits: {}, provenance: { ...provenance, target: 'band' } }, fixture('moment')),
)
t.teardown(() => model.close())
const words = await loadBundle(await tinyBundle({ provenance }))
t.teardown(() => words.close())

const said = (ratio: readonly number[]) => valueBy(model, ratio)
/** Bands that overlap and a detector that answers more or less by channel: no line through the answers makes it good. */
const coloured: Sight = (ratio) => ratio.map((value, i) => value * (1 + 0.5 * Math.sin(2.2 * i)))

const run = (task: Partial<TransferTask> & Pick<TransferTask, 'standards'>) =>
  transfer({ ...{ model, master: null, training: null, column: null, group: null, instrument: null, method: null, seed: 1 }, ...task })
const figureOf = ({ figures }: Awaited<ReturnType<typeof transfer>>, method: string) => figures.find((own) => own.method === method)

t.test('an instrument that the model is right on gets no correction', async (t) => {
  const made = await run({ standards: await samplesOf(15, { truth: said }) })
  t.match(made, { objects: 15, bundle: null, file: { fitted: null, conformal: null, standards: { picked: 'none', referenced: 15 } } })
  t.match(figureOf(made, 'pooled'), { score: null, reason: /--train/ })
  t.match(figureOf(made, 'pds'), { score: null, reason: /--master/ })
  t.type(figureOf(made, 'alone')?.score, 'number')
})

t.test('a known bias and a known slope are found, and judged on what was left out', async (t) => {
  const shifted = await run({ standards: await samplesOf(15, { truth: async (ratio) => (await said(ratio)) + 9 }) })
  const { fitted } = shifted.file
  t.equal(shifted.file.standards.picked, 'bias')
  t.ok(fitted?.method === 'bias' && Math.abs(fitted.bias - 9) < 0.5, JSON.stringify(fitted))
  const own = figureOf(shifted, 'bias')?.score ?? 0
  t.ok(own > 0 && own < 2, `${own}`)
  t.ok(Math.abs((figureOf(shifted, 'none')?.score ?? 0) - 9) < 0.5)
  const steep = await run({ standards: await samplesOf(15, { truth: async (ratio) => 2 * (await said(ratio)) - 190 }) })
  const line = steep.file.fitted
  t.equal(steep.file.standards.picked, 'slope-bias')
  t.ok(line?.method === 'slope_bias' && Math.abs(line.slope - 2) < 0.1, JSON.stringify(line))
})

t.test('a left-out standard has no part in its own correction', async (t) => {
  const plain = await samplesOf(5, { truth: said, noise: 0 })
  const one = {
    ...plain,
    rows: plain.rows.map((row, n) => ({ ...row, labels: { ...row.labels, band: String(Number(row.labels['band']) + (n === 0 ? 20 : 0)) } })),
  }
  const made = await run({ standards: one })
  // Left out, the odd one is off by all of its 20; the others by the 5 that its share of their four adds.
  const wanted = Math.sqrt((20 ** 2 + 4 * 5 ** 2) / 5)
  t.ok(Math.abs((figureOf(made, 'bias')?.score ?? 0) - wanted) < 0.01, `${figureOf(made, 'bias')?.score} is ${wanted}`)
})

t.test('spectra of an instrument that sees other colours are made those of the old one, beyond its range too', async (t) => {
  const standards = await samplesOf(20, { truth: said, sight: coloured, axis: widerAxis })
  const master = await samplesOf(20, { truth: said, noise: 0.002 })
  const made = await run({ standards, master, method: 'pds' })
  t.match(figureOf(made, 'pds')?.refused, 0)
  const others = await samplesOf(30, { truth: said, sight: coloured, axis: widerAxis, from: 100 })
  const place = { sha256: model.bundle.sha256, task: 'value' as const, axis: widerAxis, instrument: null }
  const rmse = async (use: ReturnType<typeof useTransfer> | null) => {
    const { answers } = await answerSet(model, others, () => {}, use)
    return Math.sqrt(answers.reduce((sum, { value, row }) => sum + ((value ?? 0) - Number(row.labels['band'])) ** 2 / answers.length, 0))
  }
  const [before, after] = [await rmse(null), await rmse(useTransfer(made.file, place))]
  t.ok(after < before / 3, `${before} becomes ${after}`)
  const short = { ...master, rows: master.rows.slice(1) }
  t.match(figureOf(await run({ standards, master: short }), 'pds'), { score: null, reason: /no spectrum "s0"/ })
})

t.test('a gate with scalars sees no step where the band of the model ends: all that it looks at is transferred', async (t) => {
  const { bundle } = model
  const chain = [{ op: 'absorbance', eps: 1e-8 }, { op: 'level' }, { op: 'band', method: 'cut', lo: 1015, hi: 1065 }]
  const prepared = makeAxis('wavelength', [1015, 1025, 1035, 1045, 1055, 1065])
  const narrow = (scalars: Record<string, [number, number]>) => ({
    bundle: { ...bundle, prepared, manifest: { ...bundle.manifest, chain, gate: { ...gate, scalars } } },
  })
  const spectra = [new Float64Array(widerAxis.values.length).fill(0.5)]
  const last = spectra.map((spectrum) => spectrum.map((value, j) => (widerAxis.values[j] === 1035 ? Number.NaN : value)))
  const endsOf = (band: readonly [number, number]) => [widerAxis.values[band[0]], widerAxis.values[band[1] - 1]]
  const measured = { axis: widerAxis, spectra }
  t.strictSame(endsOf(bandOf(narrow({}), measured, spectra)), [1015, 1065], 'a gate that looks at the band alone')
  t.strictSame(endsOf(bandOf(narrow({ level: [0, 1] }), measured, spectra)), [bundle.axis.values[0], bundle.axis.values.at(-1)])
  t.strictSame(
    endsOf(bandOf(narrow({ level: [0, 1] }), measured, last)),
    [bundle.axis.values[0], bundle.axis.values.at(-1)],
    'a gap inside is told by the fit',
  )
})

t.test('pooled recalibration makes a bundle of its own, and the transfer belongs to it', async (t) => {
  const training = await samplesOf(40, { truth: said, from: 200, name: 'training' })
  const standards = await samplesOf(15, { truth: said, sight: coloured })
  const made = await run({ standards, training, method: 'pooled' })
  if (!made.bundle) throw new Error('no bundle')
  const fresh = await loadBundle(made.bundle)
  t.teardown(() => fresh.close())
  t.equal(made.file.bundle.sha256, fresh.bundle.sha256)
  t.match(fresh.bundle.manifest, { id: 'tiny-pooled', task: 'value', outputs: { labels: ['band'], unit: 'au' } })
  t.equal(fresh.bundle.manifest.chain.length, model.bundle.manifest.chain.length)
  const { answers } = await answerSet(fresh, await samplesOf(30, { truth: said, sight: coloured, from: 300 }))
  const rmse = Math.sqrt(answers.reduce((sum, { value, row }) => sum + ((value ?? 0) - Number(row.labels['band'])) ** 2 / answers.length, 0))
  const [none, pooled] = [figureOf(made, 'none')?.score ?? 0, figureOf(made, 'pooled')?.score ?? 0]
  t.ok(rmse < none && pooled < none, `${none} becomes ${rmse}, ${pooled} by leave-one-out`)
})

t.test('with 39 referenced objects the instrument has intervals of its own, with 38 none; scans of one object count once', async (t) => {
  const truth = async (ratio: readonly number[]) => (await said(ratio)) + 9
  const all = await samplesOf(39, { truth })
  const made = await run({ standards: all })
  t.match(made.file.conformal, { method: 'absolute-residual', objects: 39 })
  const { rows } = all
  t.equal((await run({ standards: { ...all, rows: rows.slice(1) } })).file.conformal, null)
  const twice = rows.slice(0, 20).flatMap((row) => [row, { ...row, id: `${row.id} again` }])
  const grouped = await run({ standards: { ...all, rows: twice }, group: 'object' })
  t.match(grouped, { objects: 20, spectra: 40, file: { conformal: null } })
})

t.test('labels: spectra can be transferred, values cannot be corrected', async (t) => {
  const truth = () => 0
  const sight: Sight = (ratio) => ratio.map((value, i) => value * (i < 6 ? 0.45 : 1))
  const standards = await samplesOf(21, { truth, sight })
  const made = await run({ model: words, standards, master: await samplesOf(21, { truth }) })
  t.equal(made.file.standards.picked, 'pds')
  t.equal(figureOf(made, 'pds')?.score, 1, 'balanced accuracy')
  t.ok((figureOf(made, 'none')?.score ?? 1) < 0.9)
  t.match(figureOf(made, 'bias'), { score: null, reason: /no value/ })
  t.equal(made.file.conformal, null)
})

t.test('what cannot be transferred is refused, with what to do', async (t) => {
  const standards = await samplesOf(15, { truth: said })
  const refused = (task: Partial<TransferTask>, message: RegExp) => t.rejects(run({ standards, ...task }), { code: 'DATA_INVALID', message })
  await refused({ standards: { ...standards, rows: standards.rows.slice(0, 2) } }, /2 objects with a reference.*at least 3 objects/)
  await refused({ method: 'pds' satisfies Method }, /--method pds.*--master/)
  await refused({ column: 'kind' }, /"early".*a number/)
  const dead = standards.rows.map((row, n) => (n === 4 ? { ...row, values: row.values.map(() => Number.NaN) } : row))
  await refused({ standards: { ...standards, rows: dead } }, /1 of 15 spectra that nothing can be computed from/)
  await refused(
    { standards: await samplesOf(15, { truth: said, axis: makeAxis('wavelength', [1000, 1040, 1090]) }) },
    /does not reach 1 of the model's 8/,
  )
  const identity = await loadBundle(await tinyBundle(identityChanges, fixture('constant')))
  t.teardown(() => identity.close())
  await refused({ model: identity }, /the model of one material/)
})
