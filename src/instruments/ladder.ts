import { type FailureCode, failures } from '../failures.js'

/** Tries on the open link before it is opened anew; the driver has drained what was left. */
export const MAX_AGAIN = 2
/** Milliseconds before each opening in a row: at once, then slower, then the slowest for ever. */
export const BACK_OFF_MS: readonly number[] = [0, 1000, 2000, 5000, 15_000]
export const SLOWEST_MS = 60_000
/** An instrument that stayed connected this long has recovered even if nobody measured; milliseconds. */
export const RECOVERED_AFTER_MS = 60_000

/** How often in a row an instrument failed. */
export interface Ladder {
  readonly again: number
  readonly opened: number
}

/** What to do about a failure. `rest`: nothing can help but a restart with another configuration. */
export type Rung = { readonly action: 'again' } | { readonly action: 'reopen'; readonly delayMs: number } | { readonly action: 'rest' }

/** Where an instrument stands that works: also what each good frame resets to. */
export const bottom: Ladder = { again: 0, opened: 0 }

/**
 * One step up: again, again, reopen at once, then after 1, 2, 5, 15 and ever 60 s (DESIGN section 4). `connecting` failures
 * skip `again`: the link is closed anyway. What a person may mend at the instrument without a restart is tried every 60 s.
 */
export const climb = (ladder: Ladder, code: FailureCode, phase: 'connecting' | 'measuring'): readonly [Ladder, Rung] => {
  if (code === 'CONFIG_INVALID' || code === 'USAGE') return [ladder, { action: 'rest' }]
  const { retry } = failures[code]
  if (retry === 'again' && phase === 'measuring' && ladder.again < MAX_AGAIN) return [{ ...ladder, again: ladder.again + 1 }, { action: 'again' }]
  const delayMs = retry === 'never' ? SLOWEST_MS : (BACK_OFF_MS[ladder.opened] ?? SLOWEST_MS)
  return [
    { again: 0, opened: Math.min(ladder.opened + 1, BACK_OFF_MS.length) },
    { action: 'reopen', delayMs },
  ]
}

/** The ladder after `connectedMs` of a connection that then failed. */
export const afterConnection = (ladder: Ladder, connectedMs: number): Ladder => (connectedMs >= RECOVERED_AFTER_MS ? bottom : ladder)
