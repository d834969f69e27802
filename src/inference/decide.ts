import { type Flag, type ReferencePolicy, rejecting } from '../spectrum/flags.js'
import type { Answer, Reason, Verdict } from '../spectrum/result.js'
import { indexOfLargest, predictionSet } from './scores.js'

/** Everything that a verdict hangs on. */
export interface Evidence {
  readonly labels: readonly string[]
  /** `limits.confidence` of the bundle. */
  readonly confidence: number
  readonly policy: ReferencePolicy
  /** All flags of the measurement, those of an unfit spectrum (`masked`, `degenerate`) among them. */
  readonly flags: readonly Flag[]
  /** Whether the gate took it for something else; false where the model has no gate. */
  readonly foreign: boolean
  /** One score a label; null where none was computed, because the spectrum is unfit or the graph gave no finite numbers. */
  readonly scores: Float64Array | null
}

/**
 * DESIGN section 1. `rejected`: a flag makes the measurement unfit (the first such, in the order of the table). `unknown`: `foreign` by the gate,
 * or `ambiguous`: two labels or more are needed to reach the confidence. `accepted`: the gate passed and exactly one label stands.
 * Without scores nothing is ever accepted: no flag tells why, so it is `degenerate`.
 * Label and confidence are null unless accepted; scores and set stay whenever they were computed.
 */
export const decide = ({ labels, confidence, policy, flags, foreign, scores }: Evidence): Answer => {
  const set = scores ? predictionSet(labels, scores, confidence) : []
  const named = scores ? Object.fromEntries(labels.map((label, i) => [label, scores[i] ?? 0])) : {}
  const answer = (verdict: Verdict, reason: Reason | null): Answer => ({
    verdict,
    reason,
    task: 'class',
    label: null,
    confidence: null,
    set,
    scores: named,
    value: null,
    unit: null,
    interval: null,
  })
  const unfit = rejecting(flags, policy) ?? (scores ? null : 'degenerate')
  if (unfit || !scores) return answer('rejected', unfit)
  if (foreign) return answer('unknown', 'foreign')
  const [only, ...others] = set
  if (only === undefined || others.length > 0) return answer('unknown', 'ambiguous')
  return { ...answer('accepted', null), label: only, confidence: scores[indexOfLargest(scores)] ?? 0 }
}
