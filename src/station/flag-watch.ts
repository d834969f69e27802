import type { EventContent } from '../delivery/contract.js'
import { type Flag, flags } from '../spectrum/flags.js'
import type { Result } from '../spectrum/result.js'

/** Tells when a flag comes up and when it is gone again: one event each, however many results carry it in between. */
export const createFlagWatch = (instrument: string, event: (content: EventContent) => void) => {
  let raised: readonly Flag[] = []
  return ({ flags: seen, seq }: Pick<Result, 'flags' | 'seq'>): void => {
    if (seen.length === 0 && raised.length === 0) return
    for (const flag of seen)
      if (!raised.includes(flag)) event({ kind: 'flag-raised', instrument, code: flag, message: `${flag}: ${flags[flag].text}`, data: { seq } })
    for (const flag of raised)
      if (!seen.includes(flag)) event({ kind: 'flag-cleared', instrument, code: flag, message: `${flag} is gone`, data: { seq } })
    raised = seen
  }
}
