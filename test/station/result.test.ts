import t from 'tap'
import { ulid } from 'ulid'
import { resultSchema } from '../../src/delivery/payloads.js'
import { bindModel } from '../../src/models/binding.js'
import { readBundle } from '../../src/models/bundle.js'
import { loadBundle } from '../../src/models/load.js'
import { toResult } from '../../src/station/result.js'
import { answer, axis, bareLine, decision } from '../support/answers.js'
import { tinyAxis, tinyBundle } from '../support/tiny-model.js'

const id = ulid()
const answering = { agent: 'box-1', slot: 'default', nextId: () => id }

t.test('every key is there, rounded where decimals say nothing, and the whole is result/1', async (t) => {
  const result = toResult(answering, decision())
  t.strictSame(result, {
    schema: 'result/1',
    id,
    agent: 'box-1',
    instrument: 'spectro-1',
    seq: 7,
    time: '2026-06-01T12:00:00.123Z',
    verdict: 'accepted',
    reason: null,
    task: 'class',
    label: 'within',
    confidence: 0.98765,
    set: ['within'],
    scores: { under: 0.01235, within: 0.98765 },
    value: null,
    unit: null,
    interval: null,
    flags: [],
    model: null,
    acquisition: { integrationUs: 100_000, averages: 2, axis: axis.id, temperatureC: 20 },
    references: { dark: 'D', white: 'W' },
    timings: { exposureMs: 100.123, prepareMs: 0.052, inferMs: 1.235, commitMs: null },
  })
  t.same(resultSchema.parse(JSON.parse(JSON.stringify(result))), result)
})

t.test('a refusal keeps its reason, its flags and no label', async (t) => {
  const refused = { ...answer, verdict: 'rejected', reason: 'dark-expired', label: null, confidence: null, set: [], scores: {} } as const
  const result = toResult(answering, decision({ answer: refused, flags: ['dark-expired'] }))
  t.match(result, { verdict: 'rejected', reason: 'dark-expired', label: null, confidence: null, flags: ['dark-expired'] })
  t.same(resultSchema.parse(JSON.parse(JSON.stringify(result))), result)
})

t.test('a value carries the seven digits that a graph computes with, and is result/1', async (t) => {
  const value = 200.12345678
  const said = { ...answer, task: 'value', label: null, confidence: null, set: [], unit: 'mg', value, scores: { assay: value } } as const
  const result = toResult(answering, decision({ answer: { ...said, interval: [value - 1 / 3, value + 1 / 3] } }))
  t.match(result, { task: 'value', value: 200.1235, unit: 'mg', interval: [199.7901, 200.4568], scores: { assay: 200.1235 }, set: [], label: null })
  t.same(resultSchema.parse(JSON.parse(JSON.stringify(result))), result)
  const small = toResult(answering, decision({ answer: { ...said, value: 1.23456789e-6, scores: { assay: 1.23456789e-6 }, interval: null } }))
  t.match(small, { value: 1.234568e-6, scores: { assay: 1.234568e-6 }, interval: null })
})

t.test('the model is named by slot, id, version and hash', async (t) => {
  const bytes = await tinyBundle()
  const model = await loadBundle(bytes)
  t.teardown(() => model.close())
  const binding = bindModel(model, { axis: tinyAxis, quantity: 'transmittance' }, 'flag', () => 0)
  const result = toResult({ ...answering, slot: 'left' }, decision({ line: bareLine({ binding }) }))
  t.strictSame(result.model, { slot: 'left', id: 'tiny', version: '1.0.0', sha256: readBundle(bytes).sha256 })
  t.same(resultSchema.parse(JSON.parse(JSON.stringify(result))), result)
})
