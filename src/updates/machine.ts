import type { Installed, Phase, Reason, SlotRecord, Target } from './contract.js'
import { deny } from './deny.js'
import { reason } from './reason.js'

export type Side = 'a' | 'b'

/** What the installer does once the record that asks for it is durable. `fetch` to `watch` are work: one at a time, and each ends in an event. */
export type Effect =
  | { readonly do: 'fetch'; readonly target: Target }
  | { readonly do: 'stage'; readonly target: Target; readonly from: string; readonly side: Side }
  | { readonly do: 'check' | 'selftest' | 'shadow'; readonly side: Side }
  | { readonly do: 'watch' }
  /** Let this side answer from the next spectrum on; null: the factory bundle. */
  | { readonly do: 'answer'; readonly side: Side | null }
  /** Stop the work under way; its end is no event any more. */
  | { readonly do: 'cancel' }
  | { readonly do: 'retry' }
  /** Ask the repository what is new. */
  | { readonly do: 'refresh' }

/** A record and what is to be done once it is durable. The same record and no effects: nothing happened. */
export interface Step {
  readonly record: SlotRecord
  readonly effects: readonly Effect[]
}

export type Event =
  /** All bytes are in the mirror and have the signed hash. */
  | { readonly kind: 'fetched'; readonly from: string }
  | { readonly kind: 'staged' | 'checked' | 'selftested' | 'shadowed' | 'stood' }
  | { readonly kind: 'failed'; readonly reason: Reason }
  /** The back-off of a failure of the machine is over. */
  | { readonly kind: 'retry' }

/** Unclean starts of the agent while a bundle is on trial before it is given up. */
export const MAX_CRASHES = 2

const working: readonly Phase[] = ['fetching', 'verified', 'staged', 'selftest', 'shadow', 'probation']
const onTrial: readonly Phase[] = ['selftest', 'shadow', 'probation']

export const isWorking = ({ phase }: SlotRecord): boolean => working.includes(phase)

/** Where the next bundle goes: never over the one that answers. */
export const idleSide = ({ active }: SlotRecord): Side => (active === 'a' ? 'b' : 'a')

/** What answers after a step back: the other side where something is on it, else the factory bundle. */
export const previousSide = (record: SlotRecord): Side | null => (record.sides[idleSide(record)] === null ? null : idleSide(record))

/** A phase begins. */
export const enter = (record: SlotRecord, phase: Phase, boot: string | null): SlotRecord => ({ ...record, phase, starts: 0, boot })

/**
 * The one way through an install (DESIGN section 9). Pure. An event that this phase does not wait for changes nothing.
 * @param boot names the boot of the machine
 */
export const next = (record: SlotRecord, event: Event, boot: string): Step => {
  const { target, phase } = record
  const side = idleSide(record)
  if (event.kind === 'failed') return fail(record, event.reason, boot)
  if (event.kind === 'retry') return retry(record, boot)
  if (target === null) return { record, effects: [] }
  const go = (to: Phase, changes: Partial<SlotRecord>, effects: readonly Effect[]): Step => ({
    record: enter({ ...record, ...changes }, to, boot),
    effects,
  })
  if (phase === 'fetching' && event.kind === 'fetched')
    // From here on the side may be half written, so it holds nothing.
    return go('verified', { sides: { ...record.sides, [side]: null } }, [{ do: 'stage', target, from: event.from, side }])
  if (phase === 'verified' && event.kind === 'staged')
    return go('staged', { sides: { ...record.sides, [side]: installedOf(target) } }, [{ do: 'check', side }])
  if (phase === 'staged' && event.kind === 'checked') return go('selftest', {}, [{ do: 'selftest', side }])
  if (phase === 'selftest' && event.kind === 'selftested') return go('shadow', {}, [{ do: 'shadow', side }])
  if (phase === 'shadow' && event.kind === 'shadowed') return go('probation', { active: side }, [{ do: 'answer', side }, { do: 'watch' }])
  if (phase === 'probation' && event.kind === 'stood') return go('committed', { target: null, reason: null }, [])
  return { record, effects: [] }
}

/**
 * The install under way ends here. Before the shadow run it is `rejected`; from there on, as it was at work, `rolled-back`. A cause in the model denies
 * the bundle; one in the machine keeps the target for the next attempt.
 */
export const fail = (record: SlotRecord, why: Reason, boot: string | null): Step => {
  const { target, sides, denied, phase, active } = record
  if (!isWorking(record)) return { record, effects: [] }
  const answered = phase === 'probation'
  const candidate = answered ? active : phase === 'fetching' ? null : idleSide(record)
  const back = answered ? previousSide(record) : active
  const ended: SlotRecord = {
    ...record,
    active: back,
    sides: candidate === null ? sides : { ...sides, [candidate]: null },
    target: why.cause === 'machine' ? target : null,
    reason: why,
    denied: why.cause === 'model' && target !== null ? deny(denied, target.sha256) : denied,
  }
  return {
    record: enter(ended, answered || phase === 'shadow' ? 'rolled-back' : 'rejected', boot),
    effects: [...(answered ? ([{ do: 'answer', side: back }] as const) : []), ...(waits(ended) ? ([{ do: 'retry' }] as const) : [])],
  }
}

/** Whether an install ended for a cause that may pass: it is tried again. */
export const waits = (record: SlotRecord): boolean => record.target !== null && record.reason?.cause === 'machine'

const retry = (record: SlotRecord, boot: string): Step => {
  const { target } = record
  if (target === null || isWorking(record) || !waits(record)) return { record, effects: [] }
  return { record: enter(record, 'fetching', boot), effects: [{ do: 'fetch', target }] }
}

/**
 * A new start of the agent, before any bundle is loaded. While one is on trial the start counts, unless the agent was stopped in order: at
 * `MAX_CRASHES` the trial is over. It was the bundle if all of them fell into one boot, else the power.
 */
export const starting = (record: SlotRecord, boot: string): SlotRecord => {
  if (!onTrial.includes(record.phase)) return record
  if (record.boot === null) return { ...record, boot }
  const starts = record.starts + 1
  if (starts < MAX_CRASHES) return { ...record, starts }
  const seen = `${starts} starts since ${record.phase} began`
  return fail(record, record.boot === boot ? reason('CRASHED', seen) : reason('POWER', seen), boot).record
}

/** The agent is about to stop in order. */
export const stopping = (record: SlotRecord): SlotRecord => (onTrial.includes(record.phase) ? { ...record, boot: null } : record)

/** What a start goes on with. What was not yet staged begins again at the transfer, which knows what it has already. */
export const resume = (record: SlotRecord, boot: string): Step => {
  const { target, phase } = record
  const side = idleSide(record)
  if (waits(record) && !isWorking(record)) return { record, effects: [{ do: 'retry' }] }
  if (target === null) return { record, effects: [] }
  if (phase === 'verified') return { record: enter(record, 'fetching', boot), effects: [{ do: 'fetch', target }] }
  if (phase === 'fetching') return { record, effects: [{ do: 'fetch', target }] }
  if (phase === 'staged') return { record, effects: [{ do: 'check', side }] }
  if (phase === 'selftest' || phase === 'shadow') return { record, effects: [{ do: phase, side }] }
  return { record, effects: phase === 'probation' ? [{ do: 'watch' }] : [] }
}

/** A side turned out not to be what the record says. What answered there is stepped back from; an install that leans on it ends. */
export const without = (record: SlotRecord, side: Side, why: Reason, boot: string): SlotRecord => {
  const { phase, active } = record
  const candidate = phase === 'probation' ? active : ['staged', 'selftest', 'shadow'].includes(phase) ? idleSide(record) : null
  const touched = candidate !== null && (side === candidate || side === active)
  // The one on trial is not to blame for the one that answers.
  const own: Reason = touched && side !== candidate ? { ...why, cause: 'machine' } : why
  const ended = touched ? fail(record, own, boot).record : record
  const sides = { ...ended.sides, [side]: null }
  if (ended.active !== side) return { ...ended, sides }
  const back = previousSide(ended)
  return { ...ended, sides, active: back, reason: own, ...(isWorking(ended) ? {} : { phase: 'rolled-back' as const }) }
}

const installedOf = ({ id, version, sha256, seq }: Target): Installed => ({ id, version, sha256, seq })
