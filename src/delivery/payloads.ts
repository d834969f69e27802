import { z } from 'zod'
import { type FailureCode, failures } from '../failures.js'
import { type Flag, flags } from '../spectrum/flags.js'
import type { Result } from '../spectrum/result.js'
import { type AgentEvent, eventKinds } from './contract.js'

/** The keys of a table as what is allowed. */
const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>) =>
  z.literal(Object.keys(table).filter((key): key is Key => Object.hasOwn(table, key)))

const flag = keysOf<Flag>(flags)
const ulid = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'a ULID')
const topicId = z.string().regex(/^[a-z0-9-]{1,64}$/)
const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds.')
const share = z.number().min(0).max(1)

/** `instrument/<id>/result` and `instrument/<id>/last` (DESIGN section 8): every key is always there, null means none. */
export const resultSchema = z.strictObject({
  schema: z.literal('result/1'),
  id: ulid.describe('The same for a message that is delivered twice.'),
  agent: topicId,
  instrument: topicId,
  seq: z.number().int().min(1).describe('Rises for each instrument and is never used twice.'),
  time: time.describe('End of the exposure.'),
  verdict: z.enum(['accepted', 'unknown', 'rejected']),
  reason: z
    .union([z.literal(['foreign', 'ambiguous']), flag])
    .nullable()
    .describe('Why there is no answer; null where there is one.'),
  task: z.enum(['class', 'value']).nullable(),
  label: z.string().nullable().describe('null unless accepted.'),
  confidence: share.nullable(),
  set: z.array(z.string()).readonly().describe('The labels that cannot be excluded.'),
  scores: z
    .record(z.string(), z.number())
    .readonly()
    .describe('By label, 0 to 1. With the task "value": the value by its name, in "unit", whatever the verdict.'),
  value: z.number().nullable().describe('In "unit"; null unless accepted.'),
  unit: z.string().nullable(),
  interval: z.tuple([z.number(), z.number()]).readonly().nullable().describe('Where the value lies, in "unit"; null where it cannot be bounded.'),
  flags: z.array(flag).readonly(),
  model: z.strictObject({ slot: topicId, id: z.string(), version: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }).nullable(),
  acquisition: z.strictObject({
    integrationUs: z.number().min(0),
    averages: z.number().int().min(1),
    axis: z.string().describe('Id of the axis of the counts.'),
    temperatureC: z.number().nullable(),
  }),
  references: z.strictObject({ dark: z.string().nullable(), white: z.string().nullable() }),
  timings: z.strictObject({ exposureMs: z.number(), prepareMs: z.number(), inferMs: z.number(), commitMs: z.number().nullable() }),
}) satisfies z.ZodType<Result>

/** `event` (DESIGN section 8). */
export const eventSchema = z.strictObject({
  schema: z.literal('event/1'),
  id: ulid,
  agent: topicId,
  time,
  kind: z.enum(eventKinds),
  instrument: topicId.nullable(),
  code: z.union([keysOf<FailureCode>(failures), flag]).nullable(),
  message: z.string().describe('A sentence for a person.'),
  data: z.record(z.string(), z.unknown()).readonly(),
}) satisfies z.ZodType<AgentEvent>
