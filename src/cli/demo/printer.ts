import type { Captured } from '../../emulation/contract.js'
import type { Result } from '../../spectrum/result.js'

/** What lay before the probe at the newest exposures; more are never needed to name a result. */
const MAX_CAPTURED = 64
/** Milliseconds that the agent may take an exposure to have ended before it did; the next one ends a whole exposure later. */
const EARLY_MS = 50

export interface Printer {
  readonly counts: Readonly<Record<Result['verdict'], number>>
  /** The instrument finished an exposure. */
  saw(exposure: Captured): void
  /** Prints and counts a result of a sample; false for one that was measured while references were taken. */
  result(result: Result): boolean
}

/** Prints results as they come, each beside what the emulated instrument really saw. */
export const createPrinter = (write: (line: string) => void, colour: boolean): Printer => {
  const captured: Captured[] = []
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const shade = { accepted: 32, unknown: 33, rejected: 31 } as const
  const counts = { accepted: 0, unknown: 0, rejected: 0 }
  return {
    counts,
    saw(exposure) {
      captured.push(exposure)
      if (captured.length > MAX_CAPTURED) captured.shift()
    },
    result(result) {
      const shown = seenBy(captured, Date.parse(result.time))
      if (shown === 'dark' || shown === 'white') return false
      counts[result.verdict]++
      const { seq, verdict, label, confidence, reason } = result
      const said = verdict === 'accepted' ? `${label}  ${confidence?.toFixed(2)}` : `${reason}${doubt(result)}`
      write(`  #${String(seq).padEnd(5)} ${paint(shade[verdict], verdict.padEnd(9))} ${said.padEnd(28)} shown: ${shown}`)
      return true
    },
  }
}

/** The scores, where several answers stood. */
const doubt = ({ reason, scores }: Result): string =>
  reason !== 'ambiguous'
    ? ''
    : ` (${Object.entries(scores)
        .sort(([, a], [, b]) => b - a)
        .slice(0, 2)
        .map(([label, score]) => `${label} ${score.toFixed(2)}`)
        .join(', ')})`

/** The newest exposure that had ended: the next one begins only when the agent has this frame. */
const seenBy = (captured: readonly Captured[], endMs: number): string =>
  captured.findLast((exposure) => exposure.endMs <= endMs + EARLY_MS)?.name ?? 'not known'
