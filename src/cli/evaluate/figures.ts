import type { Manifest } from '../../models/manifest.js'
import { ruleOf } from '../../models/rule.js'
import type { Answered } from '../../training/evaluation/answers.js'
import { type ClassFigures, classFigures, confusionOf, type JudgedLabel } from '../../training/evaluation/class-figures.js'
import { type IdentityFigures, identityFigures } from '../../training/evaluation/identity-figures.js'
import { meanInterval } from '../../training/evaluation/intervals.js'
import { type ValueFigures, valueFigures } from '../../training/evaluation/value-figures.js'
import { groupOf } from '../../training/examples.js'

/** What was judged, one entry a spectrum in `answers`, `labels` (of labels) and `values` (of values). */
export interface Judged {
  readonly manifest: Manifest
  readonly answers: readonly Answered[]
  readonly labels: readonly string[]
  readonly values: readonly number[]
  /** Column whose words keep spectra of one object together; null: each for itself. */
  readonly column: string | null
}

export type Figures = ClassFigures | ValueFigures | IdentityFigures

/** The document of `evaluate --json`. */
export const figuresOf = (judged: Judged): Figures => {
  const { task, outputs } = judged.manifest
  if (task === 'value') return valueFigures(valuesOf(judged))
  if (task === 'identity') return identityFigures(labelsOf(judged), outputs.labels[0] ?? '')
  const rule = ruleOf(judged.manifest)
  return classFigures(labelsOf(judged), outputs.labels, rule.task === 'class' && (rule.bounds !== null || rule.confidence !== null))
}

/** The same for a person: each figure with what it means, what the gate refused and why, and for labels who is taken for whom. */
export const figuresTable = (judged: Judged, figures: Figures): string => {
  const unit = judged.manifest.outputs.unit ?? ''
  const rows =
    figures.task === 'value'
      ? [
          line('rmsep', figures.rmsep, `root mean square error${unit === '' ? '' : `, ${unit}`}${interval(judged)}`),
          line('bias', figures.bias, 'mean of predicted minus true'),
          line('r2', figures.r2, 'share of the variance of the true values that is explained'),
          line('acceptedRmsep', figures.acceptedRmsep, 'error of the accepted alone'),
          line('rejected', figures.rejected, 'share that gate or flags refused'),
          line('coverage', figures.coverage, 'share of the intervals that hold the true value'),
          line('intervalWidth', figures.intervalWidth, 'mean width of an interval'),
        ]
      : [
          line('accuracy', figures.accuracy, `share named rightly, the forced answer counted for every one${interval(judged)}`),
          line('balancedAccuracy', figures.balancedAccuracy, 'mean over the labels of the share named rightly'),
          line('macroF1', figures.macroF1, 'mean over the labels of the harmonic mean of recall and precision'),
          line('acceptedAccuracy', figures.acceptedAccuracy, 'share named rightly among the accepted'),
          line('rejected', figures.rejected, 'share that gate or flags refused'),
          line('coverage', figures.coverage, 'share of the prediction sets that hold the true label'),
          line('setSize', figures.setSize, 'mean number of labels in a set'),
        ]
  return [
    `${figures.n} spectra judged by ${judged.manifest.id} ${judged.manifest.version}`,
    ...rows,
    ...reasons(judged.answers),
    ...(figures.task === 'value' ? [] : perLabel(figures)),
    ...(figures.task === 'class' ? confusion(judged) : []),
  ].join('\n')
}

const labelsOf = ({ answers, labels }: Judged): JudgedLabel[] => answers.map((answered, n) => ({ answered, truth: labels[n] ?? '' }))
const valuesOf = ({ answers, values }: Judged) => answers.map((answered, n) => ({ answered, truth: values[n] ?? Number.NaN }))

const line = (name: string, value: number | null, text: string): string => `${name.padEnd(18)}${digits(value).padStart(8)}  ${text}`

const digits = (value: number | null): string => (value === null ? '-' : Math.abs(value) < 10 ? value.toFixed(3) : value.toPrecision(4))

/** 95 % interval of accuracy or rmsep over objects, in words; nothing for an identity, or too few objects. */
const interval = (judged: Judged): string => {
  const { manifest, answers, column } = judged
  const parts = answers.flatMap((answered, n) => {
    const group = groupOf(answered.row, column)
    if (manifest.task === 'value') return answered.value === null ? [] : [{ group, value: (answered.value - (judged.values[n] ?? 0)) ** 2 }]
    const truth = judged.labels[n] ?? ''
    return manifest.task === 'class' && manifest.outputs.labels.includes(truth) ? [{ group, value: answered.top === truth ? 1 : 0 }] : []
  })
  const found = meanInterval(
    parts.map(({ value }) => value),
    parts.map(({ group }) => group),
  )
  if (found === null) return ''
  const [low, high] = manifest.task === 'value' ? found.map(Math.sqrt) : found
  return ` (95 %: ${digits(low ?? null)} to ${digits(high ?? null)}, by ${column === null ? 'spectra' : column})`
}

const reasons = (answers: readonly Answered[]): readonly string[] => {
  const counts = new Map<string, { count: number; why: string }>()
  for (const { answer, why } of answers) {
    if (answer.reason === null) continue
    const key = `${answer.verdict}, ${answer.reason}`
    counts.set(key, { count: (counts.get(key)?.count ?? 0) + 1, why: counts.get(key)?.why || (why[0] ?? '') })
  }
  const told = [...counts].map(([key, { count, why }]) => `  ${key}: ${count}${why === '' ? '' : ` (${count === 1 ? '' : 'first: '}${why})`}`)
  return told.length === 0 ? ['not accepted: none'] : ['not accepted:', ...told]
}

const perLabel = ({ perClass }: ClassFigures | IdentityFigures): readonly string[] => [
  `${'label'.padEnd(24)}${['n', 'recall', 'precision', 'f1', 'accepted', 'rejected', 'coverage'].map((name) => name.padStart(10)).join('')}`,
  ...Object.entries(perClass).map(
    ([label, { n, recall, precision, f1, accepted, rejected, coverage }]) =>
      `${label.padEnd(24)}${[String(n), ...[recall, precision, f1, accepted, rejected, coverage].map(digits)].map((text) => text.padStart(10)).join('')}`,
  ),
]

const confusion = (judged: Judged): readonly string[] => {
  const { labels } = judged.manifest.outputs
  return [
    `true label: forced answers in the order ${labels.join(', ')}, none`,
    ...confusionOf(labelsOf(judged), labels).map(({ truth, answers }) => `  ${truth}: ${answers.join(', ')}`),
  ]
}
