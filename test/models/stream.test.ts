import t from 'tap'
import { AXIS_SPECTRA } from '../../src/inference/axis-shift.js'
import { bindModel, type Calibrated } from '../../src/models/binding.js'
import { readBundle } from '../../src/models/bundle.js'
import { openModel } from '../../src/models/open.js'
import { type StreamNews, watchStream } from '../../src/models/stream.js'
import { buildChain } from '../../src/preprocessing/chain.js'
import type { ReferencePolicy } from '../../src/spectrum/flags.js'
import { chain, draft, fixture, tinyAxis, tinyBundle, tinyGate, transmittance, valueChanges } from '../support/tiny-model.js'

const bundle = readBundle(await tinyBundle())
const foreign = Array.from(tinyAxis.values, (_, i) => (i % 2 === 0 ? 0.2 : 0.5))

/** A stream of spectra by their transmittance, or by the place of their band (0, 1, 2 are the materials); what was answered, and what was told. */
const stream = async (changes: Parameters<typeof draft>[0] = {}, graph = 'bumps', policy: ReferencePolicy = 'flag') => {
  const model = await openModel({ ...bundle, manifest: draft(changes), graph: fixture(graph) })
  t.teardown(() => model.close())
  const binding = bindModel(model, { axis: tinyAxis, quantity: 'transmittance' }, policy, () => 0)
  const news: StreamNews[] = []
  const watched = watchStream(binding, (one) => news.push(one))
  const see = async (what: number | readonly number[], flags: Calibrated['flags'] = []) => {
    const ratio = Float64Array.from(typeof what === 'number' ? transmittance(what) : what)
    const measurement = { axis: tinyAxis, saturated: new Uint8Array(12) }
    const inferred = await binding.infer(binding.prepare({ measurement, ratio, quantity: 'transmittance', flags }))
    return watched.decide(inferred)
  }
  const label = async (...given: Parameters<typeof see>) => {
    const { answer } = await see(...given)
    return answer.label ?? answer.reason
  }
  return { see, label, news }
}

t.test('without a decision in the bundle each scan is answered for itself', async (t) => {
  const { label, news } = await stream()
  t.strictSame([await label(0), await label(2), await label(foreign), await label(1)], ['early', 'late', 'foreign', 'middle'])
  t.strictSame(news, [])
})

t.test('scans become one answer; one that is foreign or unfit starts it anew', async (t) => {
  const { label } = await stream({ decision: { method: 'mean', scans: 2, hysteresis: 0 } })
  t.strictSame([await label(0), await label(0), await label(0)], ['ambiguous', 'early', 'early'])
  t.strictSame([await label(foreign), await label(0), await label(0)], ['foreign', 'ambiguous', 'early'])
  t.strictSame([await label(0, ['saturated']), await label(0), await label(0)], ['saturated', 'ambiguous', 'early'])
  t.strictSame([await label(2), await label(2)], ['ambiguous', 'late'], 'a window of both is neither')
})

t.test('two streams of one model know nothing of each other', async (t) => {
  const changes = { decision: { method: 'vote', scans: 2, hysteresis: 0 } } as const
  const [first, second] = [await stream(changes), await stream(changes)]
  t.strictSame([await first.label(0), await second.label(0), await first.label(0)], ['ambiguous', 'ambiguous', 'early'])
})

t.test('a mean of values outside the trained range is extrapolated, though the last scan is not', async (t) => {
  const { see } = await stream({ ...valueChanges, range: [190, 210], limits: {}, decision: { method: 'mean', scans: 2, hysteresis: 0 } }, 'moment')
  t.match(await see(1), { answer: { verdict: 'unknown', interval: [Number, Number] }, inferred: { flags: [] } })
  t.match(await see(2), { answer: { verdict: 'accepted', interval: null }, inferred: { flags: ['extrapolated'] } })
  t.match(await see(1), { answer: { verdict: 'accepted', interval: null }, inferred: { flags: ['extrapolated'] } })
  t.match(await see(1), { answer: { verdict: 'accepted', interval: [Number, Number] }, inferred: { flags: [] } })
})

t.test('drift of the known is told, and what is unfit moves nothing', async (t) => {
  // Q of the first material is far below what this reference calls usual.
  const drift = { t2: { mean: 0, sd: 50 }, q: { mean: 5, sd: 1 } }
  const { see, news } = await stream({ gate: { ...tinyGate(), drift } })
  for (let i = 0; i < 20; i++) await see(0, ['saturated'])
  t.strictSame(news, [])
  for (let i = 0; i < 20; i++) await see(0)
  t.match(news, [{ what: 'q', raised: true }])
})

t.test('a gate that refuses most of a stream is told', async (t) => {
  const { see, news } = await stream()
  for (let i = 0; i < 20; i++) await see(foreign)
  t.match(news, [{ what: 'refused', raised: true }])
})

const prepared = (values: readonly number[]): number[] => {
  const built = buildChain(chain.slice(0, -1), tinyAxis)
  const output = new Float64Array(built.output.values.length)
  built.run(Float64Array.from(values), output)
  return [...output]
}
/** The tiny model as one that was trained on the second material alone: its mean stands at the end of the chain. One channel is 12 nm, one material 30. */
const ofMiddle = {
  chain: [...chain.slice(0, -1), { op: 'center_scale', mean: prepared(transmittance(1)), scale: Array.from({ length: 8 }, () => 1) }],
  gate: undefined,
}
const beside = (channels: number) => 1 + (channels * 12) / 30

t.test('bands over half a channel beside where the model learnt them raise a flag from the sixteenth spectrum on, until they are back', async (t) => {
  const { see, news } = await stream(ofMiddle)
  const flagsOf = async (channels: number) => (await see(beside(channels))).inferred.flags.includes('axis-shift')
  for (let i = 1; i < AXIS_SPECTRA; i++) t.notOk(await flagsOf(0.8))
  t.ok(await flagsOf(0.8))
  t.match(news, [{ what: 'axis', raised: true, shiftChannels: /^0\.[789]/ }])
  for (let i = 1; i < AXIS_SPECTRA; i++) t.ok(await flagsOf(0.1))
  t.notOk(await flagsOf(0.1))
  t.match(news.slice(1), [{ what: 'axis', raised: false }])
})

t.test('under the policy "refuse" a shifted axis rejects, and still sees when it is right again', async (t) => {
  const { see, label, news } = await stream(ofMiddle, 'bumps', 'refuse')
  for (let i = 0; i < AXIS_SPECTRA; i++) await see(beside(0.8))
  t.equal(await label(beside(0.8)), 'axis-shift')
  for (let i = 0; i < 2 * AXIS_SPECTRA; i++) await see(beside(0))
  t.not(await label(beside(0)), 'axis-shift')
  t.strictSame(
    news.map(({ raised }) => raised),
    [true, false],
  )
})

t.test('a shift that makes everything foreign raises the flag too; foreign materials neither raise nor clear it', async (t) => {
  const gate = {
    ...tinyGate(),
    k: 1,
    loadings: [[1, 0, 0, 0, 0, 0, 0, 0]],
    eigenvalues: [4],
    mean: Array.from({ length: 8 }, () => 0),
    limits: { t2: 100, q: 0.05 },
  }
  const { see, news } = await stream({ ...ofMiddle, gate })
  for (let i = 0; i < AXIS_SPECTRA; i++) t.equal((await see(foreign)).answer.reason, 'foreign')
  const axisNews = () => news.filter(({ what }) => what === 'axis').map(({ raised }) => raised)
  t.strictSame(axisNews(), [])
  for (let i = 0; i < AXIS_SPECTRA; i++) t.equal((await see(beside(0.9))).answer.reason, 'foreign')
  t.strictSame(axisNews(), [true])
  for (let i = 0; i < AXIS_SPECTRA; i++) await see(foreign)
  t.strictSame(axisNews(), [true])
  for (let i = 0; i < AXIS_SPECTRA; i++) t.not((await see(beside(0))).answer.reason, 'foreign')
  t.strictSame(axisNews(), [true, false])
})
