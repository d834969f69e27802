import type { Answer } from '../spectrum/result.js'
import type { Reason } from './contract.js'
import { reason } from './reason.js'

/** One answer, as shadow run and probation judge a model by it. */
export interface Judged {
  readonly answer: Answer
  /** Prepared and inferred: milliseconds. */
  readonly inferMs: number
  /** False where the graph gave a number that is not finite to a spectrum that the chain let through. */
  readonly finite: boolean
}

/** A model may take this many times as long as the one that ran before (95th percentile). */
export const SLOWER_TIMES = 3
/** Up to this it is fast enough, however fast the model before was: 100 spectra a second are kept up with. Milliseconds. */
export const FAST_ENOUGH_MS = 10
/** Answers from which on a 95th percentile means something. */
export const MIN_TIMED = 50

/** Nearest rank; 0 of none. */
export const p95 = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0

/** @param before null where nothing was measured: then nothing is too slow */
export const tooSlow = (ms: number, before: number | null): Reason | null =>
  before !== null && ms > FAST_ENOUGH_MS && ms > SLOWER_TIMES * before
    ? reason('TOO_SLOW', `95 % within ${ms.toFixed(1)} ms, the model before ${before.toFixed(1)} ms, allowed ${SLOWER_TIMES} times`)
    : null

/** How often each label was given, or `unknown`. What was rejected says nothing of the material. */
export type ClassMix = ReadonlyMap<string, number>

export const mixOf = (answers: readonly Answer[]): ClassMix => {
  const mix = new Map<string, number>()
  for (const { verdict, label } of answers) {
    if (verdict === 'rejected') continue
    const key = verdict === 'unknown' ? 'unknown' : (label ?? 'value')
    mix.set(key, (mix.get(key) ?? 0) + 1)
  }
  return mix
}

/** Half the sum of the differences of shares (total variation): 0 for the same mix, 1 where no label is in both. 0 where one is empty. */
export const mixShift = (a: ClassMix, b: ClassMix): number => {
  const total = (mix: ClassMix) => [...mix.values()].reduce((sum, n) => sum + n, 0)
  const [inA, inB] = [total(a), total(b)]
  if (inA === 0 || inB === 0) return 0
  return [...new Set([...a.keys(), ...b.keys()])].reduce((sum, key) => sum + Math.abs((a.get(key) ?? 0) / inA - (b.get(key) ?? 0) / inB), 0) / 2
}
