import { measuredIn } from '../training/report/words.js'
import { explained, type Report } from '../training/report.js'

/** The report in a terminal: what won, figures with their 95 % intervals and what they mean, classes, and what a person should know. */
export const reportTable = ({ model, split, leftOut, winner, figures, confusion, findings }: Report): string =>
  [
    `${split.train.spectra} spectra of ${split.train.objects} objects trained; judged by ${split.text}`,
    leftOutLine(leftOut),
    winner.text,
    ...Object.entries(figures).map(([name, { value, interval }]) => {
      const range = interval === null ? '' : `${interval[0].toPrecision(3)} to ${interval[1].toPrecision(3)}`
      const unit = measuredIn(name, model.task) === 'value' && model.unit ? ` ${model.unit}` : ''
      return `${name.padEnd(30)}${value.toPrecision(3).padStart(8)}${unit}  ${range.padEnd(18)}  ${explained[name] ?? ''}`
    }),
    ...(confusion.length === 0
      ? []
      : [
          `true class: answers in the order ${model.labels.join(', ')}`,
          ...confusion.map((row, i) => `  ${model.labels[i]}: ${row.map((count) => Number(count.toFixed(1))).join(', ')}`),
        ]),
    ...findings.map(
      ({ text, ids, count }) => `note: ${text}${ids.length === 0 ? '' : ` (${ids.slice(0, 5).join(', ')}${count > 5 ? ', ...' : ''})`}`,
    ),
  ].join('\n')

const leftOutLine = ({ unlabelled, unknown, rare, unfit, dropped }: Report['leftOut']): string =>
  `left out: ${unlabelled.count} without a label, ${unknown.count} labelled unknown, ${rare.count} of classes too rare, ` +
  `${unfit.count} without a value that the chain needs, ${dropped.count} dropped`
