import t from 'tap'
import { ulid } from 'ulid'
import { z } from 'zod'
import type { AgentEvent } from '../../src/delivery/contract.js'
import { eventSchema, resultSchema } from '../../src/delivery/payloads.js'
import { result } from '../support/deliveries.js'

const good = { ...result(4711), id: ulid() }
const event: AgentEvent = {
  schema: 'event/1',
  id: ulid(),
  agent: 'box-1',
  time: '2026-06-01T00:00:00.000Z',
  kind: 'gap',
  instrument: null,
  code: 'STORE_FAILED',
  message: 'a sentence',
  data: { first: 1, last: 2 },
}

t.test('a result and an event as the agent makes them are what the schemas describe', async (t) => {
  t.same(resultSchema.parse(JSON.parse(JSON.stringify(good))), good)
  t.same(eventSchema.parse(JSON.parse(JSON.stringify(event))), event)
})

t.test('every key must be there, and no other', async (t) => {
  for (const [schema, whole] of [
    [resultSchema, good],
    [eventSchema, event],
  ] as const) {
    for (const key of Object.keys(whole)) {
      const without: Record<string, unknown> = { ...whole }
      delete without[key]
      t.notOk(schema.safeParse(without).success, `without ${key}`)
    }
    t.notOk(schema.safeParse({ ...whole, more: 1 }).success)
  }
})

t.test('codes come from the tables alone', async (t) => {
  t.ok(resultSchema.safeParse({ ...good, verdict: 'rejected', reason: 'saturated', flags: ['saturated'] }).success)
  t.notOk(resultSchema.safeParse({ ...good, reason: 'tired' }).success)
  t.notOk(resultSchema.safeParse({ ...good, flags: ['toString'] }).success)
  t.ok(eventSchema.safeParse({ ...event, code: 'dark-expired' }).success)
  t.notOk(eventSchema.safeParse({ ...event, code: 'OOPS' }).success)
})

t.test('the events of drift are among them, and a value may stand among the scores', async (t) => {
  t.ok(eventSchema.safeParse({ ...event, kind: 'drift-raised', code: 'axis-shift' }).success)
  t.ok(eventSchema.safeParse({ ...event, kind: 'drift-cleared', code: null }).success)
  t.notOk(eventSchema.safeParse({ ...event, kind: 'drifted' }).success)
  const value = { ...good, task: 'value', label: null, confidence: null, value: null, unit: 'mg', scores: { assay: 212.5 }, flags: ['extrapolated'] }
  t.ok(resultSchema.safeParse(value).success)
})

t.test('the schemas can be written down as JSON Schema', async (t) => {
  const { properties, additionalProperties } = z.toJSONSchema(resultSchema)
  t.equal(additionalProperties, false)
  t.match(properties?.['seq'], { type: 'integer', minimum: 1 })
  t.ok(z.toJSONSchema(eventSchema))
})
