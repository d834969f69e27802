import { Command, InvalidArgumentError } from 'commander'
import type { Dataset } from '../datasets/folder.js'
import { Failure } from '../failures.js'
import type { Truth } from '../training/evaluation/truth.js'
import { type DataOptions, openData, openTransfer, remarks, say, withData } from './data-options.js'
import { lateProgress } from './late-progress.js'

interface EvaluateOptions extends DataOptions {
  readonly model: string
  readonly transfer?: string
  readonly target?: string
  readonly group?: string
  readonly limits?: readonly [number, number]
  readonly json?: boolean
}

/** `evaluate`: how good a bundle is on labelled spectra that it has not seen. */
export const command = (): Command =>
  withData(new Command('evaluate').requiredOption('--model <file>', 'the bundle, NAME.s2m'))
    .option('--target <column>', 'the column of the truth; without it the one that the model was trained on')
    .option('--group <column>', 'spectra with the same word here are one object: the interval of the first figure is by objects')
    .option(
      '--limits <low,high>',
      'for ranges of a number: below LOW, from LOW to HIGH, above HIGH; without it those that the bundle names',
      limitsOf,
    )
    .option('--json', 'the figures as one JSON document on standard output')
    .option('--transfer <file>', 'the transfer of the instrument that measured them, as "spectro2mqtt transfer" wrote it')
    .addHelpText(
      'after',
      `
Every labelled spectrum goes through the agent's own stations, each for itself. Shares are from 0 to 1, errors in the unit of the value, null is none.
  accuracy, balancedAccuracy, macroF1   of the forced answer, whatever the gate says; rmsep, bias and r2 for a value
  acceptedAccuracy, acceptedRmsep       of the accepted alone
  rejected                              share that gate or flags refused (ambiguous is not refused)
  coverage, setSize, intervalWidth      of prediction sets or intervals, where the gate let the spectrum pass
A spectrum that nothing can be computed from counts as wrong (a value: only as rejected). A label that the model does not have cannot be answered: it is left
out of the plain figures; accepted, it is wrong. Spectra of the training data flatter: use others.

For example:
  spectro2mqtt evaluate --model tablets.s2m --data new-tablets/ --target kind
  spectro2mqtt evaluate --model protein.s2m --data corn/ --json`,
    )
    .action(evaluate)

const evaluate = async (options: EvaluateOptions): Promise<void> => {
  const { loadBundle } = await import('../models/load.js')
  const { answerSet } = await import('../training/evaluation/answers.js')
  const { truthOf } = await import('../training/evaluation/truth.js')
  const { figuresOf, figuresTable } = await import('./evaluate/figures.js')
  const model = await loadBundle(options.model)
  try {
    const { manifest } = model.bundle
    const dataset = await openData(options)
    expectGroup(dataset, options.group)
    const truth = truthOf(dataset, manifest, { column: options.target ?? null, limits: options.limits ?? null })
    const known = dataset.rows.map((_, n) => n).filter((n) => (truth.labels[n] ?? truth.values[n] ?? null) !== null)
    const rows = known.flatMap((n) => dataset.rows[n] ?? [])
    const answered = await answerSet(model, { ...dataset, rows }, lateProgress('judged'), await openTransfer(options.transfer, model, dataset))
    const judged = {
      manifest,
      answers: answered.answers,
      labels: known.map((n) => truth.labels[n] ?? ''),
      values: known.map((n) => truth.values[n] ?? Number.NaN),
      column: options.group ?? null,
    }
    const figures = figuresOf(judged)
    say([...remarks(answered), ...leftOut(truth, dataset.rows.length - known.length)])
    process.stdout.write(`${options.json ? JSON.stringify(figures, null, 2) : figuresTable(judged, figures)}\n`)
  } finally {
    await model.close()
  }
}

const expectGroup = ({ name, meta }: Dataset, column: string | undefined): void => {
  if (column === undefined || meta.label_columns.includes(column)) return
  throw new Failure('DATA_INVALID', { where: `${name}, --group`, seen: `no column "${column}"`, allowed: meta.label_columns.join(', ') })
}

const leftOut = ({ column }: Truth, count: number): readonly string[] =>
  count === 0 ? [] : [`${count} of the spectra are not judged: nothing in the column "${column ?? ''}"`]

const limitsOf = (text: string): readonly [number, number] => {
  const [low = Number.NaN, high = Number.NaN, ...more] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (more.length === 0 && Number.isFinite(low) && Number.isFinite(high) && low < high) return [low, high]
  throw new InvalidArgumentError('allowed: two rising numbers, as 190,210.')
}
