import t from 'tap'
import type { Transfer } from '../../src/calibration/transfer/contract.js'
import { bindModel, type Calibrated } from '../../src/models/binding.js'
import { readBundle } from '../../src/models/bundle.js'
import { openModel } from '../../src/models/open.js'
import { correctionOf, useTransfer } from '../../src/models/transfer.js'
import { parseTransfer, REFERENCED_OBJECTS, type TransferFile } from '../../src/models/transfer-file.js'
import { makeAxis } from '../../src/spectrum/axis.js'
import { fixture, tinyAxis, tinyBundle, transmittance, valueChanges } from '../support/tiny-model.js'

const bundle = readBundle(await tinyBundle(valueChanges, fixture('moment')))
const model = await openModel(bundle)
t.teardown(() => model.close())
const words = readBundle(await tinyBundle())
const wordModel = await openModel(words)
t.teardown(() => wordModel.close())

const fileOf = (changes: Partial<TransferFile> = {}): TransferFile => ({
  schema: 'transfer/1',
  bundle: { id: 'tiny', version: '1.0.0', sha256: bundle.sha256 },
  instrument: { id: null, quantity: 'transmittance', axis: { kind: 'wavelength', values: [...tinyAxis.values] } },
  fitted: { method: 'bias', bias: -8 },
  conformal: null,
  standards: { data: 'made up', referenced: 5, spectra: 5, picked: 'bias', figures: {} },
  ...changes,
})
const here = { sha256: bundle.sha256, task: 'value', axis: tinyAxis, instrument: 'toy-1' } as const
const referenced = (count: number): NonNullable<TransferFile['conformal']> => ({
  ...{ method: 'absolute-residual', alpha: 0.05, unit: 'object', objects: count, classes: {} },
  pooled: Array.from({ length: count }, (_, i) => i / 10),
})

const answerOf = async (
  file: TransferFile | Transfer | null,
  ratio = transmittance(0),
  of = model,
  place: Parameters<typeof useTransfer>[1] = here,
) => {
  const transfer = file === null ? null : 'schema' in file ? useTransfer(file, place) : correctionOf(file)
  const binding = bindModel(of, { axis: tinyAxis, quantity: 'transmittance' }, 'flag', () => 0, transfer)
  const spectrum: Calibrated = {
    ...{ measurement: { axis: tinyAxis, saturated: new Uint8Array(12) }, quantity: 'transmittance', flags: [] },
    ratio: Float64Array.from(ratio),
  }
  const inferred = await binding.infer(binding.prepare(spectrum))
  return { ...inferred, misfit: binding.misfit, answer: binding.decide(inferred) }
}

t.test('bias and slope correct the value behind the graph, the published one too', async (t) => {
  const plain = (await answerOf(null)).value ?? 0
  const { value, answer } = await answerOf(fileOf())
  t.equal(value, plain - 8)
  t.equal(answer.value, plain - 8)
  t.equal((await answerOf(fileOf({ fitted: { method: 'slope_bias', slope: 0.5, bias: 90 } }))).value, 90 + plain / 2)
})

t.test('the corrected value is the one that is held against the trained range', async (t) => {
  t.notOk((await answerOf(null)).flags.includes('extrapolated'))
  t.ok((await answerOf(fileOf({ fitted: { method: 'bias', bias: -100 } }))).flags.includes('extrapolated'))
})

t.test('intervals of the bundle say nothing of another instrument: none, with the flag, until it has its own', async (t) => {
  t.match((await answerOf(null)).answer.interval, [Number, Number])
  for (const fitted of [fileOf().fitted, null]) {
    const { answer, flags } = await answerOf(fileOf({ fitted }))
    t.equal(answer.interval, null)
    t.ok(flags.includes('interval-unavailable'))
  }
  const own = await answerOf(fileOf({ conformal: referenced(REFERENCED_OBJECTS) }))
  t.notOk(own.flags.includes('interval-unavailable'))
  const half = 3.7
  const value = own.value ?? 0
  t.strictSame(own.answer.interval, [value - half, value + half], 'the 38th of 39 errors at 95 %')
})

t.test('a transfer made for another bundle, axis, instrument or task is refused with its flag, and nothing is computed', async (t) => {
  const moved = makeAxis(
    'wavelength',
    [...tinyAxis.values].map((nm) => nm + 0.01),
  )
  const cases: readonly (readonly [string, TransferFile, Partial<typeof here> | { task: 'class' }, RegExp])[] = [
    ['bundle', fileOf({ bundle: { id: 'tiny', version: '0.9.0', sha256: '0'.repeat(64) } }), {}, /made for tiny 0.9.0, SHA-256 0{12}/],
    ['axis', fileOf(), { axis: moved }, /another axis/],
    ['channels', fileOf(), { axis: makeAxis('wavelength', [...tinyAxis.values, 1200]) }, /12 channels.*13 channels/],
    ['instrument', fileOf({ instrument: { ...fileOf().instrument, id: 'toy-2' } }), {}, /for the instrument toy-2, this is toy-1/],
    ['task', fileOf(), { task: 'class' }, /without a value/],
    ['scores', fileOf({ fitted: null, conformal: referenced(39) }), { task: 'class' }, /absolute-residual, the model needs lac/],
  ]
  for (const [name, file, place, why] of cases) {
    const { misfit, answer, value } = await answerOf(file, transmittance(0), model, { ...here, ...place })
    t.match(misfit, { flag: 'transfer-mismatch', why }, name)
    t.match(answer, { verdict: 'rejected', reason: 'transfer-mismatch', value: null }, name)
    t.equal(value, null, name)
  }
  t.equal((await answerOf(fileOf({ instrument: { ...fileOf().instrument, id: 'toy-1' } }))).misfit, null)
  const rounded = makeAxis(
    'wavelength',
    [...tinyAxis.values].map((nm) => nm * (1 + 1e-9)),
  )
  t.equal(useTransfer(fileOf(), { ...here, axis: rounded }).misfit, null, 'a file may round its axis')
})

t.test('a transfer of spectra changes the ratio before the chain; what was measured stays as it is', async (t) => {
  const gains = Array.from(tinyAxis.values, (_, i) => 1 + 0.3 * Math.sin(i))
  const seen = transmittance(0).map((value, i) => value / (gains[i] ?? 1))
  const fitted: Transfer = { method: 'pds', halfWindow: 0, offsets: gains.map(() => 0), windows: gains.map((gain) => [gain]) }
  const plain = (await answerOf(null)).value ?? 0
  t.ok(Math.abs(((await answerOf(null, seen)).value ?? 0) - plain) > 1, 'without it the answer is another one')
  const { value, calibrated } = await answerOf(fileOf({ fitted }), seen)
  t.ok(Math.abs((value ?? 0) - plain) < 1e-3, `${value} is ${plain}`)
  t.strictSame([...calibrated.ratio], seen)
})

t.test('labels keep the sets of the bundle under the flag until the instrument has scores of its own', async (t) => {
  const file = fileOf({ fitted: null, bundle: { id: 'tiny', version: '1.0.0', sha256: words.sha256 } })
  const place = { ...here, sha256: words.sha256, task: 'class' as const }
  const plain = await answerOf(file, transmittance(1), wordModel, place)
  t.match(plain, { answer: { verdict: 'accepted', label: 'middle' }, flags: ['interval-unavailable'] })
  const lac = { ...referenced(39), method: 'lac' as const, pooled: Array.from({ length: 39 }, () => 1) }
  const own = await answerOf({ ...file, conformal: lac }, transmittance(1), wordModel, place)
  t.strictSame([own.flags, own.answer.reason, own.answer.set.length], [[], 'ambiguous', 3], 'scores of 1 bound nothing')
})

t.test('a file that is damaged or promises too much is refused, with the place', async (t) => {
  const pds: Transfer = { method: 'pds', halfWindow: 0, offsets: [0, 0], windows: [[1], [1]] }
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{', /JSON/],
    [JSON.stringify({ ...fileOf(), schema: 'transfer/2' }), /F schema/],
    [JSON.stringify({ ...fileOf(), more: 1 }), /more/],
    [JSON.stringify(fileOf({ conformal: referenced(REFERENCED_OBJECTS - 1) })), /F conformal.*at least 39 objects/],
    [JSON.stringify(fileOf({ conformal: { ...referenced(39), pooled: [1, 0] } })), /ascending/],
    [JSON.stringify(fileOf({ fitted: pds })), /as many channels as the axis/],
  ]
  for (const [text, message] of cases) t.throws(() => parseTransfer(text, 'F'), { code: 'DATA_INVALID', message })
  t.strictSame(parseTransfer(JSON.stringify(fileOf({ conformal: referenced(39) })), 'F'), fileOf({ conformal: referenced(39) }))
})
