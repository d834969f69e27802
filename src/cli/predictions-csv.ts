import type { Answered } from '../training/evaluation/answers.js'

export const PREDICTION_COLUMNS = ['id', 'verdict', 'reason', 'top', 'label', 'confidence', 'set', 'value', 'low', 'high', 'flags'] as const

/**
 * One line of `predict`, an empty cell where there is none. `label` is said only where it is accepted; `top`, `confidence` (its score) and `value` are what
 * the model would answer if it had to, whatever the verdict. A value model has its value as `top` too.
 */
export const predictionLine = ({ row, answer, flags, top, confidence, value }: Answered): string =>
  [
    row.id,
    answer.verdict,
    answer.reason ?? '',
    top ?? numberText(value),
    answer.label ?? '',
    numberText(confidence),
    answer.set.join('|'),
    numberText(value),
    numberText(answer.interval?.[0] ?? null),
    numberText(answer.interval?.[1] ?? null),
    flags.join('|'),
  ]
    .map(cell)
    .join(',')

/** Digits that a float32 holds, and no more. */
const DIGITS = 8

const numberText = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(DIGITS))))

/** RFC 4180, section 2, rules 5 to 7. */
const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
