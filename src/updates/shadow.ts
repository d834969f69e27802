import type { ManifestDraft } from '../models/manifest.js'
import type { LoadedModel } from '../models/open.js'
import type { Answer } from '../spectrum/result.js'
import type { Reason } from './contract.js'
import { reason } from './reason.js'
import { type ClassMix, type Judged, MIN_TIMED, mixOf, p95, tooSlow } from './trial.js'

/** Spectra to which both must have answered. */
export const SHADOW_SPECTRA = 50
/** Share of them to which the answers may differ, where the bundle says nothing else. */
export const MAX_DISAGREEMENT = 0.2
/** Values without intervals differ where they are farther apart than this share of the trained range. */
const VALUE_SHARE = 0.1

/** One spectrum, answered by both. */
export interface ShadowPair {
  readonly old: Judged
  readonly candidate: Judged
}

/** The agent's side of a shadow run: every spectrum that comes is also given to the candidate, whose answers go nowhere but here. */
export interface ShadowProbe {
  /** Ends when `signal` is aborted. Throws what the engine of the candidate failed with. */
  shadow(candidate: LoadedModel, signal: AbortSignal): AsyncIterable<ShadowPair>
}

/** What the run found: the old model's figures are what the probation is held against. */
export interface Shadowed {
  readonly disagreement: number | null
  readonly oldMix: ClassMix | null
  readonly oldP95Ms: number | null
}

export interface ShadowTally {
  /** A reason: it is over, and not good. `done`: over and good. `on`: more. */
  add(pair: ShadowPair): Reason | 'done' | 'on'
  readonly compared: number
  found(): Shadowed
}

/** Whether the answers of two models can be compared at all: they say the same kind of thing, in at least one common word. */
export const comparable = (old: ManifestDraft, candidate: ManifestDraft): boolean =>
  old.task === candidate.task &&
  old.outputs.unit === candidate.outputs.unit &&
  old.outputs.labels.some((label) => candidate.outputs.labels.includes(label))

/** Pure count of a shadow run. @param wanted spectra to compare */
export const createShadowTally = ({ limits, range }: ManifestDraft, wanted = SHADOW_SPECTRA): ShadowTally => {
  const limit = limits.disagreement ?? MAX_DISAGREEMENT
  const olds: Judged[] = []
  const candidates: Judged[] = []
  let differing = 0
  /** Spectra that only the candidate can judge: there is nothing to differ from. */
  let fresh = 0
  const share = () => (olds.length === 0 ? null : differing / olds.length)
  const times = (judged: readonly Judged[]) => p95(judged.map(({ inferMs }) => inferMs))

  const end = (): Reason | 'done' => {
    if (olds.length < wanted) return 'done'
    const disagreement = differing / olds.length
    if (disagreement > limit)
      return reason('DISAGREES', `${differing} of ${olds.length} answers differ, ${(100 * disagreement).toFixed(0)} %, allowed ${100 * limit} %`)
    return (olds.length < MIN_TIMED ? null : tooSlow(times(candidates), times(olds))) ?? 'done'
  }
  return {
    add: ({ old, candidate }) => {
      if (!candidate.finite) return reason('NOT_FINITE')
      if (old.answer.verdict === 'rejected') {
        if (candidate.answer.verdict !== 'rejected') fresh++
      } else {
        olds.push(old)
        candidates.push(candidate)
        if (differ(old.answer, candidate.answer, range)) differing++
      }
      return olds.length >= wanted || fresh >= wanted ? end() : 'on'
    },
    get compared() {
      return Math.max(olds.length, fresh)
    },
    found: () => ({
      disagreement: share(),
      oldMix: olds.length === 0 ? null : mixOf(olds.map(({ answer }) => answer)),
      oldP95Ms: olds.length < MIN_TIMED ? null : times(olds),
    }),
  }
}

/** Another verdict, another label, or a value whose interval does not meet the other's. */
const differ = (a: Answer, b: Answer, range: readonly [number, number] | undefined): boolean => {
  if (a.verdict !== b.verdict) return true
  if (a.verdict !== 'accepted') return false
  if (a.value === null || b.value === null) return a.label !== b.label
  if (a.interval && b.interval) return a.interval[1] < b.interval[0] || b.interval[1] < a.interval[0]
  const scale = range ? range[1] - range[0] : Math.abs(a.value)
  return Math.abs(a.value - b.value) > VALUE_SHARE * scale
}
