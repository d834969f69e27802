import { join } from 'node:path'
import { z } from 'zod'
import { asFailure, Failure } from '../failures.js'
import { type Disk, type Installed, MAX_DENIED, phases, type SlotRecord, type Target } from './contract.js'
import { put } from './disk.js'

export const RECORD_FILE = 'active.json'
/** Bytes of `active.json` at most: a full deny list takes 18 kB. */
export const MAX_RECORD_BYTES = 65_536

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits of SHA-256')
const count = z.number().int().min(0)

export const installedSchema = z.strictObject({ id: z.string(), version: z.string(), sha256, seq: count.nullable() }) satisfies z.ZodType<Installed>
export const reasonSchema = z.strictObject({ code: z.string(), text: z.string(), cause: z.enum(['model', 'machine', 'order']) })

const targetSchema = z.strictObject({
  path: z.string(),
  line: z.string(),
  id: z.string(),
  version: z.string(),
  sha256,
  bytes: count,
  seq: count,
  rollout: z.strictObject({ percent: z.number().min(0).max(100), salt: z.string() }),
  groups: z.array(z.string()).readonly(),
  minAgent: z.string().optional(),
}) satisfies z.ZodType<Target>

const recordSchema = z
  .strictObject({
    format: z.literal(1),
    active: z.enum(['a', 'b']).nullable(),
    sides: z.strictObject({ a: installedSchema.nullable(), b: installedSchema.nullable() }),
    phase: z.enum(phases),
    target: targetSchema.nullable(),
    starts: count,
    boot: z.string().nullable(),
    reason: reasonSchema.nullable(),
    override: z.strictObject({ kind: z.enum(['rollback', 'pin']), under: sha256 }).nullable(),
    denied: z.array(sha256).max(MAX_DENIED).readonly(),
  })
  .refine(({ active, sides }) => active === null || sides[active] !== null, 'something on the side that answers') satisfies z.ZodType<SlotRecord>

/** A slot that was never updated: the factory bundle answers. */
export const emptyRecord: SlotRecord = {
  format: 1,
  active: null,
  sides: { a: null, b: null },
  phase: 'idle',
  target: null,
  starts: 0,
  boot: null,
  reason: null,
  override: null,
  denied: [],
}

/** Replaces the record whole: after a power cut the one before is there, or this one. @throws Failure STORE_FAILED */
export const writeRecord = (disk: Disk, folder: string, record: SlotRecord): Promise<void> =>
  put(disk, join(folder, RECORD_FILE), new TextEncoder().encode(`${JSON.stringify(record)}\n`))

/** Never throws: a slot whose record cannot be read is one that was never updated, and says why. */
export const readRecord = async (disk: Disk, folder: string): Promise<{ readonly record: SlotRecord; readonly damage: Failure | null }> => {
  const where = join(folder, RECORD_FILE)
  const damaged = (seen: string) => ({
    record: emptyRecord,
    damage: new Failure('STORE_FAILED', {
      where,
      seen,
      allowed: 'what the agent wrote',
      cure: 'check the disk; the factory bundle answers meanwhile',
    }),
  })
  try {
    const size = await disk.size(where)
    if (size === null) return { record: emptyRecord, damage: null }
    if (size > MAX_RECORD_BYTES) return damaged(`${size} bytes`)
    const bytes = await disk.read(where)
    if (bytes === null) return { record: emptyRecord, damage: null }
    const outcome = recordSchema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
    if (outcome.success) return { record: outcome.data, damage: null }
    return damaged(outcome.error.issues[0]?.message ?? 'another shape')
  } catch (error) {
    return damaged(asFailure(error, 'STORE_FAILED').seen ?? String(error))
  }
}
