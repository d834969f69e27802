import { Failure } from '../failures.js'
import type { SlotRecord, Target } from './contract.js'
import { isDenied } from './deny.js'
import { type Effect, enter, fail, isWorking, previousSide, type Step, waits } from './machine.js'
import { reason } from './reason.js'

/**
 * What can be ordered of a slot. Pure: the record that holds, and what comes of the order. `under` is the SHA-256 of what `desired` says now: an
 * override holds until that changes. `boot` as in machine.ts.
 * @throws Failure REQUEST_INVALID that says why it cannot be, from every one of them.
 */

/** What `desired` names. An override that was given under the same content goes before; under another one it is over. */
export const heed = (record: SlotRecord, target: Target, under: string, boot: string): Step =>
  record.override?.under === under ? { record, effects: [] } : begin({ ...record, override: null }, target, boot, record)

/** `model/install`: this bundle now, whatever `desired` says until it says something else. */
export const install = (record: SlotRecord, target: Target, under: string, boot: string): Step =>
  begin({ ...record, override: { kind: 'pin', under } }, target, boot, record)

/** `model/check`: look into the repository now. */
export const check = (record: SlotRecord): Step => ({ record, effects: [{ do: 'refresh' }] })

/** `model/commit`: the trial is over, and good. */
export const commit = (record: SlotRecord, boot: string): Step => {
  if (record.phase !== 'probation') throw refuse('commit', record.phase, 'probation')
  return { record: enter({ ...record, target: null, reason: null }, 'committed', boot), effects: [{ do: 'cancel' }] }
}

/** `model/rollback`: a step back, to the other side or the factory bundle. What is left is not denied. */
export const rollback = (record: SlotRecord, under: string, boot: string): Step => {
  const override = { kind: 'rollback', under } as const
  if (record.phase === 'probation') {
    const { record: ended, effects } = fail(record, reason('REQUESTED'), boot)
    return { record: { ...ended, override }, effects: [{ do: 'cancel' }, ...effects] }
  }
  if (isWorking(record)) throw refuse('rollback', `${record.phase}: what would be rolled back does not answer yet`, 'model/abort')
  const { active, sides } = record
  if (active === null) throw refuse('rollback', 'the factory bundle answers', 'an installed bundle')
  const back = previousSide(record)
  const ended = { ...record, active: back, sides: { ...sides, [active]: null }, target: null, reason: reason('REQUESTED'), override }
  return { record: enter(ended, 'rolled-back', boot), effects: [{ do: 'cancel' }, { do: 'answer', side: back }] }
}

/** `model/pin`: what answers now stays. */
export const pin = (record: SlotRecord, under: string, boot: string): Step => {
  if (record.phase === 'probation') throw refuse('pin', 'probation: which one should stay is not said', 'model/commit or model/rollback')
  const { record: ended, effects } = isWorking(record) ? fail(record, reason('ABORTED'), boot) : { record, effects: [] }
  return { record: { ...ended, target: null, override: { kind: 'pin', under } }, effects: [{ do: 'cancel' }, ...effects] }
}

/** `model/abort`: the install under way, or waiting for its next attempt, is given up until `desired` changes. */
export const abort = (record: SlotRecord, under: string, boot: string): Step => {
  if (record.phase === 'probation') throw refuse('abort', 'probation: it answers already', 'model/rollback')
  if (!isWorking(record) && !waits(record)) throw refuse('abort', `${record.phase}: no install is under way`, 'an install')
  return pin(record, under, boot)
}

/** @param before what holds if nothing changes: an order that came twice must not write */
const begin = (record: SlotRecord, target: Target, boot: string, before: SlotRecord): Step => {
  const { sha256 } = target
  if (isDenied(record, sha256)) throw refuse('install', `${target.path} failed here before, for a cause in the bundle`, 'another version of it')
  const answers = record.active !== null && record.sides[record.active]?.sha256 === sha256
  const same = record.override?.under === before.override?.under && record.override?.kind === before.override?.kind
  const unchanged = same ? before : record
  if (isWorking(record) && record.target?.sha256 === sha256) return { record: unchanged, effects: [] }
  // In probation another bundle than the one on trial is wanted: that trial ends first.
  const stopped = isWorking(record) ? fail(record, reason('SUPERSEDED', target.path), boot) : { record, effects: [] }
  if (answers && !isWorking(record)) return waits(record) ? settled(record) : { record: unchanged, effects: [] }
  const cancel: readonly Effect[] = [{ do: 'cancel' }, ...stopped.effects]
  const { active, sides } = stopped.record
  // What was stepped back to may be the very one that is wanted.
  if (active !== null && sides[active]?.sha256 === sha256) return { record: { ...stopped.record, target: null }, effects: cancel }
  return { record: enter({ ...stopped.record, target, reason: null }, 'fetching', boot), effects: [...cancel, { do: 'fetch', target }] }
}

/** What waited for another attempt is not wanted any more. */
const settled = (record: SlotRecord): Step => ({ record: { ...record, target: null }, effects: [{ do: 'cancel' }] })

const refuse = (verb: string, seen: string, allowed: string): Failure => new Failure('REQUEST_INVALID', { where: `model/${verb}`, seen, allowed })
