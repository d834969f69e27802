import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { Failure } from '../failures.js'
import { type DataOptions, openData, openTransfer, remarks, say, withData } from './data-options.js'
import { lateProgress } from './late-progress.js'
import { PREDICTION_COLUMNS, predictionLine } from './predictions-csv.js'

interface PredictOptions extends DataOptions {
  readonly model: string
  readonly transfer?: string
  readonly out: string
}

/** `predict`: what the agent would answer to each spectrum of a set, one line a spectrum. */
export const command = (): Command =>
  withData(new Command('predict').requiredOption('--model <file>', 'the bundle, NAME.s2m'))
    .requiredOption('--out <file>', 'the table to write, NAME.csv; - for standard output')
    .option('--transfer <file>', 'the transfer of the instrument that measured them, as "spectro2mqtt transfer" wrote it')
    .addHelpText(
      'after',
      `
One line a spectrum, in the order of the data, with the columns
  ${PREDICTION_COLUMNS.join(',')}
verdict and reason are the agent's; label only where accepted. top, confidence and value are the forced answer: what the model says whether or not it may.
set lists the labels that stand, low and high bound the value. Several words in a cell are joined by |. An empty cell means none. Labels are not needed.

For example:
  spectro2mqtt predict --model tablets.s2m --data new-tablets/ --out answers.csv
  spectro2mqtt predict --model plastics.s2m --data scan.csv --axis-kind wavelength-nm --quantity reflectance --geometry reflectance --out -`,
    )
    .action(async (options: PredictOptions) => {
      const { loadBundle } = await import('../models/load.js')
      const { answerSet } = await import('../training/evaluation/answers.js')
      const model = await loadBundle(options.model)
      try {
        const dataset = await openData(options)
        const answered = await answerSet(model, dataset, lateProgress('answered'), await openTransfer(options.transfer, model, dataset))
        await write(options.out, `${[PREDICTION_COLUMNS.join(','), ...answered.answers.map(predictionLine)].join('\n')}\n`)
        say(remarks(answered))
      } finally {
        await model.close()
      }
    })

const write = async (file: string, text: string): Promise<void> => {
  if (file === '-') return void process.stdout.write(text)
  await writeFile(file, text).catch((cause: unknown) => {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where: `--out ${file}`, seen, cure: 'name a file in a folder that exists and can be written', cause })
  })
}
