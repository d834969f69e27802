import { type Failure, isFailure } from '../failures.js'
import type { Reason } from './contract.js'
import { MAX_CRASHES } from './machine.js'
import { reason } from './reason.js'
import type { Shadowed } from './shadow.js'
import { type Judged, MIN_TIMED, mixOf, mixShift, p95, tooSlow } from './trial.js'

/** What a bundle must stand before it is committed: answers, and milliseconds since it began to answer. */
export const PROBATION_RESULTS = 100
export const PROBATION_MS = 120_000
/** Answers that are kept to judge time and mix: the newest. */
export const MAX_KEPT = 1000
/** Total variation of the class mix against the shadow run from which on an event tells of it. It never ends a trial: materials change honestly. */
export const MIX_SHIFT = 0.3

/** The agent's side: what the answering model does, one by one. */
export interface LiveResults {
  /** A failure stands for a spectrum at which the engine failed. Ends when `signal` is aborted. */
  results(signal: AbortSignal): AsyncIterable<Judged | Failure>
}

export interface ProbationRules {
  readonly results: number
  readonly ms: number
  /** What the shadow run found of the model before; null after a restart. */
  readonly before: Shadowed | null
}

export interface Probation {
  /** A reason: roll back. `stood`: commit. */
  add(result: Judged | Failure, nowMs: number): Reason | 'stood' | 'on'
  readonly seen: number
  /** How far the class mix moved against the shadow run, once, when it is first beyond `MIX_SHIFT`. */
  shifted(): number | null
}

/** Pure. @param startMs monotonic, when it began to answer */
export const createProbation = ({ results, ms, before }: ProbationRules, startMs: number): Probation => {
  const kept: Judged[] = []
  let seen = 0
  let failed = 0
  let told = false
  return {
    add: (result, nowMs) => {
      if (isFailure(result)) {
        failed++
        return failed >= MAX_CRASHES ? reason('ENGINE_FAILED', `${failed} times: ${result.message}`) : 'on'
      }
      if (!result.finite) return reason('NOT_FINITE')
      seen++
      kept.push(result)
      if (kept.length > MAX_KEPT) kept.shift()
      if (kept.length >= MIN_TIMED) {
        const slow = tooSlow(p95(kept.map(({ inferMs }) => inferMs)), before?.oldP95Ms ?? null)
        if (slow) return slow
      }
      return seen >= results && nowMs - startMs >= ms ? 'stood' : 'on'
    },
    get seen() {
      return seen
    },
    shifted: () => {
      if (told || !before?.oldMix || seen === 0 || seen % MIN_TIMED !== 0) return null
      const shift = mixShift(before.oldMix, mixOf(kept.map(({ answer }) => answer)))
      told = shift > MIX_SHIFT
      return told ? shift : null
    },
  }
}
