import t from 'tap'
import type { Engine } from '../../src/inference/engine.js'
import { bindModel, type Calibrated } from '../../src/models/binding.js'
import { readBundle } from '../../src/models/bundle.js'
import { openModel } from '../../src/models/open.js'
import { GATE_OBJECTS } from '../../src/models/rule.js'
import { makeAxis, pixelAxis } from '../../src/spectrum/axis.js'
import type { Flag } from '../../src/spectrum/flags.js'
import { draft, fixture, identityChanges, labels, tinyAxis, tinyBundle, tinyGate, transmittance, valueChanges } from '../support/tiny-model.js'

const bundle = readBundle(await tinyBundle())
const model = await openModel(bundle)
t.teardown(() => model.close())
const instrument = { axis: tinyAxis, quantity: 'transmittance' } as const
const still = () => 0
const calibrated = (changes: Partial<Calibrated> = {}, material = 0): Calibrated => ({
  measurement: { axis: tinyAxis, saturated: new Uint8Array(12) },
  ratio: Float64Array.from(transmittance(material)),
  quantity: 'transmittance',
  flags: [],
  ...changes,
})
const answer = async (binding: ReturnType<typeof bindModel>, spectrum: Calibrated) => {
  const inferred = await binding.infer(binding.prepare(spectrum))
  return { inferred, answer: binding.decide(inferred) }
}

t.test('a spectrum becomes an answer, and is carried along', async (t) => {
  const binding = bindModel(model, instrument, 'flag', still)
  t.equal(binding.misfit, null)
  for (const [material, label] of labels.entries()) {
    const spectrum = calibrated({ flags: ['clock-unsynchronized'] }, material)
    const { inferred, answer: said } = await answer(binding, spectrum)
    t.match(said, { verdict: 'accepted', reason: null, label, set: [label] })
    t.equal(inferred.calibrated, spectrum)
    t.strictSame(inferred.flags, ['clock-unsynchronized'])
    t.match(inferred.gate, { foreign: false, t2: Number, q: Number })
    t.strictSame(inferred.why, [])
  }
})

t.test('an instrument of another resolution and a wider range gives the same answer', async (t) => {
  const axis = makeAxis(
    'wavelength',
    Array.from({ length: 300 }, (_, i) => 950 + i * 0.7),
  )
  const binding = bindModel(model, { ...instrument, axis }, 'flag', still)
  const ratio = Float64Array.from(transmittance(2, 0, 1, axis))
  const { answer: said } = await answer(binding, calibrated({ ratio, measurement: { axis, saturated: new Uint8Array(300) } }))
  t.match(said, { verdict: 'accepted', label: 'late' })
})

const misfits: readonly (readonly [string, Parameters<typeof bindModel>[1], Flag, RegExp])[] = [
  ['an axis of another kind', { ...instrument, axis: pixelAxis(12) }, 'axis-mismatch', /measures pixel/],
  [
    'a range that ends too early',
    { ...instrument, axis: makeAxis('wavelength', [1000, 1040, 1090]) },
    'axis-mismatch',
    /does not reach 1 of the model's 8/,
  ],
  ['another quantity', { ...instrument, quantity: 'reflectance' }, 'quantity-mismatch', /gives reflectance/],
  ['bare counts', { ...instrument, quantity: 'counts-per-ms' }, 'quantity-mismatch', /gives counts-per-ms/],
]
for (const [name, other, flag, why] of misfits)
  t.test(`${name}: every answer is rejected, nothing is computed`, async (t) => {
    const binding = bindModel(model, other, 'flag', still)
    t.match(binding.misfit, { flag, why })
    const { axis, quantity } = other
    const ratio = new Float64Array(axis.values.length).fill(0.5)
    const { inferred, answer: said } = await answer(
      binding,
      calibrated({ ratio, quantity, measurement: { axis, saturated: new Uint8Array(ratio.length) } }),
    )
    t.match(said, { verdict: 'rejected', reason: flag, label: null, set: [] })
    t.strictSame([inferred.flags, inferred.scores, inferred.gate], [[flag], null, null])
    t.match(inferred.why, [why])
  })

t.test('an empty band and a chain without resampling on another axis are misfits, not errors', async (t) => {
  const chain = [
    { op: 'band', method: 'cut', lo: 1000, hi: 1080 },
    { op: 'absorbance', eps: 1e-6 },
  ]
  const narrow = { ...bundle, manifest: draft({ chain, gate: undefined }), prepared: makeAxis('wavelength', [...tinyAxis.values].slice(1, 9)) }
  const bare = await openModel(narrow)
  t.teardown(() => bare.close())
  const outside = bindModel(bare, { ...instrument, axis: makeAxis('wavelength', [400, 500, 600]) }, 'flag', still)
  t.match(outside.misfit, { flag: 'axis-mismatch', why: /hold 0 channels/ })
  const shifted = bindModel(
    bare,
    {
      ...instrument,
      axis: makeAxis(
        'wavelength',
        [...tinyAxis.values].map((nm) => nm + 1),
      ),
    },
    'flag',
    still,
  )
  t.match(shifted.misfit, { flag: 'axis-mismatch', why: /another grid/ })
  t.equal(bindModel(bare, instrument, 'flag', still).misfit, null, 'on its own axis it fits')
})

t.test('a spectrum on another axis or in another quantity than was bound is rejected alone', async (t) => {
  const binding = bindModel(model, instrument, 'flag', still)
  const axis = makeAxis(
    'wavelength',
    [...tinyAxis.values].map((nm) => nm + 3),
  )
  t.match((await answer(binding, calibrated({ measurement: { axis, saturated: new Uint8Array(12) } }))).answer, { reason: 'axis-mismatch' })
  t.match((await answer(binding, calibrated({ quantity: 'reflectance' }))).answer, { reason: 'quantity-mismatch' })
  t.match((await answer(binding, calibrated())).answer, { verdict: 'accepted' })
})

t.test('a saturated pixel counts where the model looks and nowhere else', async (t) => {
  const binding = bindModel(model, instrument, 'flag', still)
  const withPixel = (pixel: number) =>
    calibrated({ measurement: { axis: tinyAxis, saturated: Uint8Array.from({ length: 12 }, (_, i) => (i === pixel ? 1 : 0)) } })
  const inside = await answer(binding, withPixel(3))
  t.match(inside.answer, { verdict: 'rejected', reason: 'saturated', label: null })
  t.match(inside.inferred.why, [/pixel 3/])
  t.match(inside.answer.scores, { early: Number }, 'its values were fit, so a person may see the scores')
  t.match((await answer(binding, withPixel(0))).answer, { verdict: 'accepted', reason: null }, 'the grid begins at 1010 nm, between pixels 1 and 2')
})

t.test('masked and degenerate spectra are rejected with the reason, and never reach the engine', async (t) => {
  let calls = 0
  const predict = async (_: Float32Array, n: number) => {
    calls++
    return new Float32Array(n * 3)
  }
  const engine: Engine = { inputs: 8, outputs: 3, predict, close: async () => undefined }
  const counted = await openModel(bundle, async () => engine)
  const binding = bindModel(counted, instrument, 'flag', still)
  const masked = await answer(binding, calibrated({ ratio: Float64Array.from(transmittance(0), (value, i) => (i === 4 ? Number.NaN : value)) }))
  t.match(masked.answer, { verdict: 'rejected', reason: 'masked', scores: {}, set: [] })
  t.match(masked.inferred.why, [/valid value/])
  const flat = await answer(binding, calibrated({ ratio: new Float64Array(12).fill(0.4) }))
  t.match(flat.answer, { verdict: 'rejected', reason: 'degenerate' })
  t.match(flat.inferred.why, [/flat/])
  const dark = await answer(binding, calibrated({ ratio: new Float64Array(12).fill(Number.NaN), flags: ['dark-missing'] }))
  t.match(dark.answer, { verdict: 'rejected', reason: 'dark-missing' })
  t.strictSame(dark.inferred.flags, ['dark-missing', 'masked'])
  t.equal(calls, 0)
})

t.test('a foreign spectrum is unknown, with the reason for the log and its scores for a person', async (t) => {
  const binding = bindModel(model, instrument, 'flag', still)
  const { inferred, answer: said } = await answer(
    binding,
    calibrated({ ratio: Float64Array.from(tinyAxis.values, (_, i) => (i % 2 === 0 ? 0.2 : 0.5)) }),
  )
  t.match(said, { verdict: 'unknown', reason: 'foreign', label: null, scores: { early: Number } })
  t.match(inferred.why, [/^(Q|T2) .* is above/])
  const thin = await answer(binding, calibrated({ ratio: Float64Array.from(transmittance(0), (value) => value ** 0.1) }))
  t.match(thin.answer, { reason: 'foreign' })
  t.match(thin.inferred.why, [/^level/], 'the right shape, but hardly any material')
})

t.test('numbers that are not finite are rejected as degenerate', async (t) => {
  const broken = await openModel({ ...bundle, graph: fixture('not-finite') })
  t.teardown(() => broken.close())
  const { inferred, answer: said } = await answer(bindModel(broken, instrument, 'flag', still), calibrated())
  t.match(said, { verdict: 'rejected', reason: 'degenerate', label: null, scores: {}, set: [] })
  t.strictSame(inferred.flags, ['degenerate'])
  t.match(inferred.why, [/not finite/])
})

t.test('the policy of the instrument decides on expired references', async (t) => {
  const expired = calibrated({ flags: ['white-expired'] })
  t.match((await answer(bindModel(model, instrument, 'flag', still), expired)).answer, { verdict: 'accepted' })
  t.match((await answer(bindModel(model, instrument, 'refuse', still), expired)).answer, { verdict: 'rejected', reason: 'white-expired' })
})

t.test('a gate from fewer objects than 40, or none, is told by a flag', async (t) => {
  const gate = tinyGate()
  const flagsWith = async (changes: Parameters<typeof draft>[0]) => {
    const other = await openModel({ ...bundle, manifest: draft(changes) })
    t.teardown(() => other.close())
    const { inferred, answer: said } = await answer(bindModel(other, instrument, 'flag', still), calibrated())
    t.equal(said.verdict, 'accepted')
    return inferred.flags
  }
  t.strictSame(await flagsWith({ gate: { ...gate, objects: GATE_OBJECTS } }), [])
  t.strictSame(await flagsWith({ gate: { ...gate, objects: GATE_OBJECTS - 1 } }), ['gate-weak'])
  t.strictSame(await flagsWith({ gate: undefined }), ['gate-weak'])
})

/** The parts of a bundle with another manifest and graph, bound to the instrument. */
const bound = async (changes: Parameters<typeof draft>[0], graph = 'bumps') => {
  const other = await openModel({ ...bundle, manifest: draft(changes), graph: fixture(graph) })
  t.teardown(() => other.close())
  return bindModel(other, instrument, 'flag', still)
}

t.test('a value comes with its unit and interval, and is ambiguous where that reaches a limit', async (t) => {
  const binding = await bound(valueChanges, 'moment')
  const middle = await answer(binding, calibrated({}, 1))
  t.match(middle.answer, { verdict: 'accepted', task: 'value', unit: 'au', label: null, set: [] })
  const value = middle.answer.value ?? 0
  t.ok(Math.abs(value - 200) < 1, `${value}`)
  t.strictSame(middle.answer.interval, [value - 4, value + 4])
  t.strictSame([middle.inferred.scores, middle.inferred.value, middle.inferred.flags], [null, value, []])
  const narrow = await bound({ ...valueChanges, limits: { interval: [190, 203] } }, 'moment')
  const near = (await answer(narrow, calibrated({}, 1))).answer
  t.match(near, { verdict: 'unknown', reason: 'ambiguous', value: null, interval: [value - 4, value + 4], scores: { band: value } })
})

t.test('a value outside the trained range has no interval, and says so', async (t) => {
  const binding = await bound({ ...valueChanges, range: [190, 210], limits: {} }, 'moment')
  t.match(await answer(binding, calibrated({}, 2)), { answer: { verdict: 'accepted', interval: null }, inferred: { flags: ['extrapolated'] } })
  t.match(await answer(binding, calibrated({}, 1)), { answer: { interval: [Number, Number] }, inferred: { flags: [] } })
  const unbounded = await bound({ ...valueChanges, range: undefined, limits: {} }, 'moment')
  t.match(await answer(unbounded, calibrated({}, 2)), { answer: { interval: [Number, Number] }, inferred: { flags: [] } })
})

t.test('a value without enough calibrated objects says that it cannot be bounded', async (t) => {
  const few = valueChanges.conformal && { ...valueChanges.conformal, objects: 8, pooled: valueChanges.conformal.pooled.slice(1) }
  for (const conformal of [undefined, few]) {
    const { answer: said, inferred } = await answer(await bound({ ...valueChanges, conformal, limits: {} }, 'moment'), calibrated({}, 1))
    t.match(said, { verdict: 'accepted', value: Number, interval: null })
    t.strictSame(inferred.flags, ['interval-unavailable'])
  }
})

t.test('calibration scores decide which labels stand; too few of them fall back to the confidence, and are told', async (t) => {
  const scores = (highest: number) => Array.from({ length: 19 }, (_, i) => (highest * (i + 1)) / 19)
  const lac = (highest: number, n = 19) => {
    const pooled = scores(highest).slice(19 - n)
    return { method: 'lac', alpha: 0.05, unit: 'object', objects: n, pooled, classes: {} } as const
  }
  const said = async (changes: Parameters<typeof draft>[0]) => answer(await bound(changes), calibrated())
  t.match(await said({ limits: {}, conformal: lac(0.1) }), { answer: { verdict: 'accepted', set: ['early'] }, inferred: { flags: [] } })
  t.match((await said({ limits: {}, conformal: lac(0.999) })).answer, { verdict: 'unknown', reason: 'ambiguous', set: ['early', 'middle'] })
  t.match(
    (await said({ limits: { confidence: 0.9999 }, conformal: lac(0.1) })).answer,
    { reason: 'ambiguous', set: ['early'] },
    'the confidence holds beside',
  )
  const few = lac(0.999, 18)
  t.match(await said({ limits: {}, conformal: few }), { answer: { label: 'early', set: ['early'] }, inferred: { flags: ['interval-unavailable'] } })
  t.match((await said({ limits: { confidence: 0.9999 }, conformal: few })).answer, { reason: 'ambiguous', set: ['early', 'middle'] })
})

t.test('an identity is accepted where the gate passes, and has no score to be sure of', async (t) => {
  const binding = await bound(identityChanges, 'constant')
  t.match((await answer(binding, calibrated({}, 1))).answer, { verdict: 'accepted', task: 'class', label: 'tiny', confidence: null, set: ['tiny'] })
  const other = calibrated({ ratio: Float64Array.from(tinyAxis.values, (_, i) => (i % 2 === 0 ? 0.2 : 0.5)) })
  t.match((await answer(binding, other)).answer, { verdict: 'unknown', reason: 'foreign', label: null })
})

t.test('sixteen spectra in flight keep their own numbers, answers come in order, two instruments share one engine', async (t) => {
  const first = bindModel(model, instrument, 'flag', still)
  const second = bindModel(model, instrument, 'flag', still)
  const order: string[] = []
  const prepared = Array.from({ length: 16 }, (_, i) => first.prepare(calibrated({}, i % 3)))
  const other = Array.from({ length: 16 }, (_, i) => second.prepare(calibrated({}, (i + 1) % 3)))
  await Promise.all(
    prepared.flatMap((spectrum, i) => {
      const beside = other[i]
      return [
        first.infer(spectrum).then((inferred) => order.push(`first ${first.decide(inferred).label}`)),
        ...(beside ? [second.infer(beside).then((inferred) => order.push(`second ${second.decide(inferred).label}`))] : []),
      ]
    }),
  )
  t.strictSame(order, Array.from({ length: 16 }, (_, i) => [`first ${labels[i % 3]}`, `second ${labels[(i + 1) % 3]}`]).flat())
})

t.test('the clock that is handed in times both stations', async (t) => {
  let now = 0
  const binding = bindModel(model, instrument, 'flag', () => (now += 5))
  const inferred = await binding.infer(binding.prepare(calibrated()))
  t.strictSame([inferred.prepareMs, inferred.inferMs], [5, 5])
})
