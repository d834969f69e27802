import { z } from 'zod'
import { type Installed, type Order, phases, type SlotRecord, type Target } from './contract.js'
import { previousSide } from './machine.js'
import { installedSchema, reasonSchema } from './record.js'
import { refusalWhys } from './rollout.js'

/** How far the work of a phase is, in its own unit. */
export interface Progress {
  readonly done: number
  readonly total: number
  readonly unit: 'bytes' | 'spectra' | 'results'
}

/** Beside those of `mayInstall`: nobody can be asked, what was ordered cannot be read, and what an attempt has shown. */
export const refusals = [...refusalWhys, 'no-repository', 'repository-unreachable', 'unreadable', 'unfit', 'busy'] as const
export interface Unfollowed {
  readonly why: (typeof refusals)[number]
  readonly text: string
}

/** `model/<slot>/state` (DESIGN section 8): every key is always there, null means none. */
export const slotStateSchema = z.strictObject({
  schema: z.literal('model-state/1'),
  phase: z.enum(phases).describe('Where the install is, or how the last one ended.'),
  progress: z
    .strictObject({ done: z.number().min(0), total: z.number().min(0), unit: z.enum(['bytes', 'spectra', 'results']) })
    .nullable()
    .describe('How far the work of the phase is: "done" of "total", in "unit"; null where that is not known.'),
  installed: installedSchema.nullable().describe('What answers. "seq" is null for the factory bundle.'),
  latest: installedSchema.nullable().describe('The newest that is offered for this slot; null until the repository was asked.'),
  desired: z
    .strictObject({ model: z.string(), version: z.string().nullable(), sha256: z.string().nullable() })
    .nullable()
    .describe('The order that holds.'),
  target: installedSchema.nullable().describe('What the install under way, or waiting for its next attempt, is about.'),
  reason: reasonSchema.nullable().describe('Why the last install did not stand. The cause "model" denies the bundle, "machine" is tried again.'),
  refusal: z
    .strictObject({ why: z.enum(refusals), text: z.string() })
    .nullable()
    .describe('Why the order is not followed now; null: it is, or there is none.'),
  override: z.enum(['rollback', 'pin']).nullable().describe('Holds until the content of "desired" changes.'),
  previous: installedSchema.nullable().describe('What a rollback would bring back; null: the factory bundle, or nothing.'),
  disagreement: z.number().min(0).max(1).nullable().describe('Share of spectra to which the last shadow run gave another answer.'),
})
export type SlotState = z.output<typeof slotStateSchema>

/** What the record does not know. */
export interface SlotSurroundings {
  /** The factory bundle, where the agent has read it. */
  readonly factory: Installed | null
  readonly progress: Progress | null
  readonly disagreement: number | null
  readonly latest: Target | null
  readonly desired: Order | null
  readonly refusal: Unfollowed | null
}

export const slotState = (record: SlotRecord, { factory, progress, disagreement, latest, desired, refusal }: SlotSurroundings): SlotState => {
  const { phase, active, sides, target, reason, override } = record
  const previous = active === null ? null : previousSide(record)
  return {
    schema: 'model-state/1',
    phase,
    progress,
    installed: active === null ? factory : sides[active],
    latest: latest && known(latest),
    desired: desired && { model: desired.model, version: desired.version ?? null, sha256: desired.sha256 ?? null },
    target: target && known(target),
    reason,
    refusal,
    override: override?.kind ?? null,
    previous: active === null ? null : previous === null ? factory : sides[previous],
    disagreement,
  }
}

const known = ({ id, version, sha256, seq }: Target): Installed => ({ id, version, sha256, seq })
