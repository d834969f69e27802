import type { Answer } from '../spectrum/result.js'
import { indexOfLargest } from './scores.js'

/** `decision` of a bundle. */
export interface ScanRule {
  readonly method: 'mean' | 'vote'
  /** Scans in the window. */
  readonly scans: number
  /** Windows beyond the first that must agree before another label stands. */
  readonly hysteresis: number
}

/** One scan that is fit and known to the gate, with its own answer. */
export interface Scan {
  readonly scores: Float64Array | null
  readonly value: number | null
  readonly answer: Answer
}

/** The numbers of a window, to be decided on as those of one scan are. */
export interface Pooled {
  readonly scores: Float64Array | null
  readonly value: number | null
}

/** The last scans of one stream. State of one instrument on one model: made anew at a model swap and at a reconnect. */
export interface Scans {
  /** The answer of the window that ends with this scan. `decide` is the rule of the model, applied to the numbers of the window. */
  add(scan: Scan, decide: (pooled: Pooled) => Answer): Answer
  /** After a scan that was foreign or unfit: what comes next may be another object. */
  reset(): void
}

/** A score of 0 would veto a label for the whole window; the logarithm is taken of no less than this. */
const SMALLEST_SCORE = 1e-12

/**
 * Scans become an answer (DESIGN section 2, decision) over a sliding window:
 * - `mean`: the mean of the values, or of the logarithms of the scores, made to sum to one again (logarithmic opinion pool; Genest, Zidek,
 *   Statistical Science 1:114, 1986). What is decided on are these numbers, by the rule for one scan. The calibration scores of a bundle are those of single
 *   scans: means vary less, so the sets hold at least as often as promised where the scans of an object agree no worse than single ones did.
 * - `vote`: a scan that was accepted by itself votes for its label. A label stands with more than half of the window's votes, abstentions counted;
 *   scores and set shown are those of the mean, with every label that has a vote.
 * - Until the window is full there is no answer: `ambiguous`. N scans were asked for, and fewer are not N.
 * - Hysteresis h: a label stands once h + 1 windows in succession said it. Until then the answer is `ambiguous` between it and the label that stood before,
 *   which is at once back where a window says it again. A window without a label starts the count anew.
 */
export const createScans = ({ method, scans, hysteresis }: ScanRule): Scans => {
  let window: Scan[] = []
  let standing: string | null = null
  let coming: { readonly label: string; windows: number } | null = null

  const steadied = (answer: Answer): Answer => {
    const { label } = answer
    if (label === null) {
      coming = null
      return answer
    }
    if (coming?.label !== label) coming = { label, windows: 0 }
    coming.windows++
    if (label === standing || coming.windows > hysteresis) {
      standing = label
      return answer
    }
    return doubtful(answer, standing === null ? [label] : [label, standing])
  }

  return {
    add: (scan, decide) => {
      window = [...window, scan].slice(-scans)
      const mean = decide(pooled(window))
      if (window.length < scans) return doubtful(mean, mean.set)
      return steadied(method === 'vote' ? voted(mean, window) : mean)
    },
    reset: () => {
      window = []
      standing = null
      coming = null
    },
  }
}

const doubtful = (answer: Answer, set: readonly string[]): Answer => ({
  ...answer,
  ...{ verdict: 'unknown', reason: 'ambiguous', label: null, confidence: null, value: null, set },
})

const pooled = (window: readonly Scan[]): Pooled => {
  const value = window.every((scan) => scan.value !== null) ? window.reduce((sum, scan) => sum + (scan.value ?? 0), 0) / window.length : null
  return { scores: logarithmicPool(window.flatMap(({ scores }) => scores ?? [])), value }
}

const logarithmicPool = (all: readonly Float64Array[]): Float64Array | null => {
  const [first] = all
  if (!first) return null
  const logs = first.map((_, i) => all.reduce((sum, scores) => sum + Math.log(Math.max(SMALLEST_SCORE, scores[i] ?? 0)), 0) / all.length)
  const largest = logs[indexOfLargest(logs)] ?? 0
  const raised = logs.map((log) => Math.exp(log - largest))
  const sum = raised.reduce((total, part) => total + part, 0)
  return raised.map((part) => part / sum)
}

const voted = (mean: Answer, window: readonly Scan[]): Answer => {
  const votes = window.flatMap(({ answer }) => answer.label ?? [])
  const winner = votes.find((label) => 2 * votes.filter((vote) => vote === label).length > window.length)
  if (winner === undefined) return doubtful(mean, [...new Set([...mean.set, ...votes])])
  const confidence = mean.label === winner ? mean.confidence : (mean.scores[winner] ?? null)
  return { ...mean, verdict: 'accepted', reason: null, label: winner, confidence, set: [winner] }
}
