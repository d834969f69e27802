import { type Flag, type ReferencePolicy, rejecting } from '../spectrum/flags.js'
import type { Answer, Reason, Verdict } from '../spectrum/result.js'
import { conformalSet } from './conformal.js'
import { indexOfLargest, predictionSet } from './scores.js'

/** How the numbers of a model become an answer: what its bundle says of it, computed once. */
export type Rule = ClassRule | ValueRule | IdentityRule

/** Which labels stand: by calibration scores (`bounds`), else by the smallest set that reaches `confidence`, else the top label alone. */
export interface ClassRule {
  readonly task: 'class'
  readonly labels: readonly string[]
  /** Largest 1 - score that stands, by label; null: not calibrated on enough objects. */
  readonly bounds: Float64Array | null
  readonly confidence: number | null
}

export interface ValueRule {
  readonly task: 'value'
  readonly name: string
  readonly unit: string
  /** Half the width of the interval, in the unit; null: not calibrated on enough objects. */
  readonly halfWidth: number | null
  /** Limits between which the answer falls on one side or the other. */
  readonly limits: readonly [number, number] | null
}

export interface IdentityRule {
  readonly task: 'identity'
  readonly label: string
}

/** Everything that a verdict hangs on beside the rule. */
export interface Evidence {
  readonly policy: ReferencePolicy
  /** All flags of the measurement, those of an unfit spectrum (`masked`, `degenerate`) and `extrapolated` among them. */
  readonly flags: readonly Flag[]
  /** Whether the gate took it for something else; false where the model has no gate. */
  readonly foreign: boolean
  /** One score a label; null where none was computed, because the spectrum is unfit or the graph gave no finite numbers, and for a value. */
  readonly scores: Float64Array | null
  /** Null where none was computed, and for labels. */
  readonly value: number | null
}

/**
 * DESIGN section 1. `rejected`: a flag makes the measurement unfit (the first such, in the order of the table). `unknown`: `foreign` by the gate,
 * or `ambiguous`: two labels or more stand, the only one is below the confidence, or an interval reaches a limit. `accepted`: exactly one answer stands.
 * Without scores or value nothing is ever accepted: where no flag tells why, it is `degenerate`.
 * Label, confidence and value are null unless accepted. Scores (of a value: itself, by its name) and set stay whenever they were computed, so that a
 * person sees the doubt; where the gate fired they are no prediction set at its level, for nobody calibrated on foreign materials.
 */
export const decide = (rule: Rule, evidence: Evidence): Answer => {
  const { policy, flags, foreign } = evidence
  const found = opinion(rule, evidence)
  const answer = (verdict: Verdict, reason: Reason | null): Answer => ({ ...blank(rule), ...found?.shown, verdict, reason })
  const unfit = rejecting(flags, policy) ?? (found ? null : 'degenerate')
  if (unfit || !found) return answer('rejected', unfit)
  if (foreign) return answer('unknown', 'foreign')
  if (!found.stands) return { ...answer('unknown', 'ambiguous'), interval: found.interval }
  return { ...answer('accepted', null), interval: found.interval, ...found.said }
}

/** What a model says, before anyone asks whether it may. */
interface Opinion {
  /** Whether exactly one answer is left. */
  readonly stands: boolean
  /** Shown whatever the verdict. */
  readonly shown: Pick<Answer, 'set' | 'scores'>
  /** Said only when accepted. */
  readonly said: Pick<Answer, 'label' | 'confidence' | 'value'>
  readonly interval: Answer['interval']
}

const opinion = (rule: Rule, { flags, scores, value }: Evidence): Opinion | null => {
  if (rule.task === 'value') return value === null ? null : ofValue(rule, value, flags.includes('extrapolated'))
  if (!scores) return null
  return rule.task === 'identity' ? ofIdentity(rule) : ofLabels(rule, scores)
}

const ofLabels = ({ labels, bounds, confidence }: ClassRule, scores: Float64Array): Opinion => {
  const set = setOf(labels, scores, bounds, confidence)
  const [only, ...others] = set
  const highest = scores[indexOfLargest(scores)] ?? 0
  return {
    stands: only !== undefined && others.length === 0 && (confidence === null || highest >= confidence),
    shown: { set, scores: Object.fromEntries(labels.map((label, i) => [label, scores[i] ?? 0])) },
    said: { label: only ?? null, confidence: highest, value: null },
    interval: null,
  }
}

const setOf = (labels: readonly string[], scores: Float64Array, bounds: Float64Array | null, confidence: number | null): readonly string[] => {
  if (bounds) return conformalSet(labels, scores, bounds)
  return confidence === null ? [labels[indexOfLargest(scores)] ?? ''] : predictionSet(labels, scores, confidence)
}

/** An interval that touches a limit reaches it; a value without one is as wide as itself. */
const ofValue = ({ name, halfWidth, limits }: ValueRule, value: number, extrapolated: boolean): Opinion => {
  const interval = halfWidth === null || extrapolated ? null : ([value - halfWidth, value + halfWidth] as const)
  const [low, high] = interval ?? [value, value]
  return {
    stands: !limits?.some((limit) => low <= limit && limit <= high),
    shown: { set: [], scores: { [name]: value } },
    said: { label: null, confidence: null, value },
    interval,
  }
}

/** There is nothing to choose between: what the gate lets pass is it. How sure that is, is the gate's alpha and no score. */
const ofIdentity = ({ label }: IdentityRule): Opinion => ({
  stands: true,
  shown: { set: [label], scores: { [label]: 1 } },
  said: { label, confidence: null, value: null },
  interval: null,
})

/** An identity is published as a class of one label: result/1 knows two tasks. */
const blank = (rule: Rule): Answer => ({
  verdict: 'rejected',
  reason: null,
  task: rule.task === 'value' ? 'value' : 'class',
  label: null,
  confidence: null,
  set: [],
  scores: {},
  value: null,
  unit: rule.task === 'value' ? rule.unit : null,
  interval: null,
})
