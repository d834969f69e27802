import { asFailure } from '../failures.js'
import type { Reason } from './contract.js'
import { isDiskFull } from './disk.js'

/** Why an install ends beside the failure codes (src/failures.ts), and whose fault that is. Code branches on these, never on the wording. */
export const reasons = {
  CRASHED: { cause: 'model', text: 'the agent, or the child that tests, crashed' },
  NOT_FINITE: { cause: 'model', text: 'the graph gave a number that is not finite' },
  NOT_DETERMINISTIC: { cause: 'model', text: 'the same spectrum did not give the same bits twice' },
  TOO_SLOW: { cause: 'model', text: 'it is too slow' },
  TOO_MUCH_MEMORY: { cause: 'model', text: 'it takes too much memory' },
  DISAGREES: { cause: 'model', text: 'it disagrees with the model that ran before' },
  ENGINE_FAILED: { cause: 'model', text: 'the engine failed with it' },
  DISK_FULL: { cause: 'machine', text: 'the disk is full' },
  OUT_OF_MEMORY: { cause: 'machine', text: 'the machine has too little memory now' },
  INTERRUPTED: { cause: 'machine', text: 'the self-test came to no end' },
  POWER: { cause: 'machine', text: 'the machine restarted while it was on trial' },
  SIDE_DAMAGED: { cause: 'machine', text: 'the bytes on the disk are not the ones that were written' },
  REQUESTED: { cause: 'order', text: 'it was ordered' },
  ABORTED: { cause: 'order', text: 'it was stopped by request' },
  SUPERSEDED: { cause: 'order', text: 'another bundle was ordered' },
  UNFIT: { cause: 'order', text: 'it was not made for what is here' },
} as const satisfies Record<string, { cause: Reason['cause']; text: string }>
export type ReasonCode = keyof typeof reasons

/** Characters of a reason at most. An engine names parts of the graph, which may be as long as a bundle is; `active.json` must stay readable. */
export const MAX_REASON_CHARS = 1000

/** @param seen what was observed, with its numbers */
export const reason = (code: ReasonCode, seen?: string): Reason => ({
  code,
  text: cut(seen === undefined ? reasons[code].text : `${reasons[code].text}: ${seen}`),
  cause: reasons[code].cause,
})

/** Failures that lie in the bundle itself, and those of an order that cannot be followed; every other one may go better with the next attempt. */
const ofTheModel: readonly string[] = ['BUNDLE_INVALID', 'BUNDLE_SELFTEST']
const ofTheOrder: readonly string[] = ['BUNDLE_UNFIT', 'REQUEST_INVALID']

/** What ended a step, as a reason. */
export const reasonOf = (error: unknown): Reason => {
  const { code, message } = asFailure(error, 'INVARIANT')
  if (isDiskFull(error)) return reason('DISK_FULL', message)
  if (code === 'ABORTED') return reason('ABORTED')
  return { code, text: cut(message), cause: ofTheModel.includes(code) ? 'model' : ofTheOrder.includes(code) ? 'order' : 'machine' }
}

/** At most `MAX_REASON_CHARS` of it. */
export const cut = (text: string): string => (text.length > MAX_REASON_CHARS ? `${text.slice(0, MAX_REASON_CHARS - 1)}…` : text)
