import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { asFailure, type Failure, isFailure } from '../failures.js'
import type { Disk, SlotRecord } from './contract.js'
import { fail, type Side, starting, without } from './machine.js'
import { reason, reasonOf } from './reason.js'
import { readRecord, writeRecord } from './record.js'

export const BUNDLE_FILE = 'bundle.s2m'

/** What answers: a side of the slot, or (null) the factory bundle; and the file it is loaded from. */
export interface Answering {
  readonly side: Side | null
  readonly path: string
}

export interface SlotPlace {
  readonly disk: Disk
  /** `models/<slot>` of the state folder. */
  readonly folder: string
  /** Path of the configured bundle. */
  readonly factory: string
  /** Names the boot of the machine. */
  readonly boot: string
}

export interface OpenSlot<M> {
  readonly record: SlotRecord
  /** The record as the last run left it. */
  readonly found: SlotRecord
  readonly answering: Answering
  /** What `load` made of it. */
  readonly model: M
  /** What was found and mended on the way, for log and events. */
  readonly told: readonly Failure[]
}

export const sidePath = (folder: string, side: Side): string => join(folder, side, BUNDLE_FILE)

export const answeringOf = ({ folder, factory }: Pick<SlotPlace, 'folder' | 'factory'>, { active }: SlotRecord): Answering => ({
  side: active,
  path: active === null ? factory : sidePath(folder, active),
})

/**
 * What answers after a start, whatever the last one was killed in: the bytes of each side are hashed before anything of them is used, a bundle on trial
 * has two starts, and what cannot be loaded is stepped back from, down to the factory bundle.
 * @param load opens a bundle file, as `loadBundle` does
 * @throws Failure whatever `load` says of the factory bundle; of a side where the cause is not the bundle (no engine: PART_MISSING).
 */
export const openSlot = async <M>({ load, ...place }: SlotPlace & { readonly load: (path: string) => Promise<M> }): Promise<OpenSlot<M>> => {
  const { disk, folder, boot } = place
  const { record: found, damage } = await readRecord(disk, folder)
  const told: Failure[] = damage ? [damage] : []
  let saved = found
  let record = await withoutDamaged(place, found)

  const save = async (): Promise<void> => {
    if (record === saved) return
    try {
      await writeRecord(disk, folder, record)
    } catch (error) {
      told.push(asFailure(error, 'STORE_FAILED', folder))
      // Starts that cannot be counted must not be made with a bundle on trial.
      if (record.phase === 'probation') record = fail(record, reasonOf(error), boot).record
    }
    saved = record
  }

  // Before anything is loaded: loading may be what crashes.
  record = starting(record, boot)
  await save()
  for (;;) {
    const answering = answeringOf(place, record)
    try {
      return { record, found, answering, model: await load(answering.path), told }
    } catch (error) {
      if (answering.side === null || !isFailure(error, 'BUNDLE_INVALID', 'BUNDLE_SELFTEST')) throw error
      told.push(error)
      record = without(record, answering.side, reasonOf(error), boot)
      await save()
    }
  }
}

/** A side whose bytes are not the ones that were verified when they were put there holds nothing. */
const withoutDamaged = async ({ disk, folder, boot }: SlotPlace, record: SlotRecord): Promise<SlotRecord> => {
  let left = record
  for (const side of ['a', 'b'] as const) {
    const wanted = left.sides[side]?.sha256
    if (wanted === undefined) continue
    const seen = await sha256Of(disk, sidePath(folder, side))
    if (seen !== wanted) left = without(left, side, reason('SIDE_DAMAGED', `side ${side} holds ${seen}, not ${wanted}`), boot)
  }
  return left
}

/** In words where there is none: what cannot be read is as good as damaged. */
const sha256Of = async (disk: Disk, path: string): Promise<string> => {
  try {
    const bytes = await disk.read(path)
    return bytes === null ? 'nothing' : createHash('sha256').update(bytes).digest('hex')
  } catch (error) {
    return asFailure(error, 'STORE_FAILED').message
  }
}
