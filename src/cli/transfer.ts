import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { Failure } from '../failures.js'
import { type Method, methods } from '../training/transfer/contract.js'
import { type DataOptions, openData, say } from './data-options.js'

interface TransferOptions extends Omit<DataOptions, 'data'> {
  readonly model: string
  readonly standards: string
  readonly master?: string
  readonly train?: string
  readonly target?: string
  readonly group?: string
  readonly instrument?: string
  readonly method?: Method
  readonly seed: number
  readonly out: string
  readonly json?: boolean
}

/** `transfer`: a bundle that was made on one instrument becomes right on another, by a few standards. */
export const command = (): Command =>
  new Command('transfer')
    .requiredOption('--model <file>', 'the bundle, NAME.s2m')
    .requiredOption('--standards <path>', 'the standards as the new instrument sees them, with reference values or labels')
    .option('--master <path>', 'the same standards (same ids) on the instrument of the training: needed for PDS')
    .option('--train <path>', 'the training data: needed for pooled recalibration')
    .option('--target <column>', 'the column of the reference; without it the one that the model was trained on')
    .option('--group <column>', 'spectra with the same word here are one object; without it each is one, known by its id')
    .option('--axis-kind <word>', 'what the axis of bare files is: wavelength-nm, wavenumber-cm-1 or raman-shift-cm-1')
    .option('--quantity <word>', 'what their numbers are: absorbance, reflectance, reflectance-percent, transmittance, intensity, scaled, counts')
    .option('--geometry <word>', 'how their light was collected: reflectance, transmittance, emission-or-scattering, unknown')
    .option('--instrument <id>', 'the only instrument that may use it, by its name in the topics')
    .option('--method <which>', `instead of the best: ${methods.join(', ')}`, methodOf)
    .option('--seed <n>', 'source of all chance', seedOf, 1)
    .requiredOption('--out <file>', 'the transfer to write, NAME.json; a new bundle goes beside it as NAME.s2m')
    .option('--json', 'the figures as one JSON document on standard output')
    .addHelpText(
      'after',
      `
Each way is fitted without one standard after the other and judged on the one left out:
  no transfer, bias, slope and bias   the value corrected behind the model
  PDS                                 the spectra changed before the model (piecewise direct standardization)
  pooled recalibration                a new bundle from training data and standards together
  standards alone                     beside them, never picked: what the standards could do without the old model
Then name the file where the model runs: "transfer: NAME.json" of the instrument in the configuration, --transfer of evaluate and predict.
It belongs to this bundle and axis: with others every answer is rejected (transfer-mismatch).

For example:
  spectro2mqtt transfer --model protein.s2m --standards dock-2/ --master dock-1/ --train corn/ --out dock-2.json`,
    )
    .action(transferModel)

const transferModel = async (options: TransferOptions): Promise<void> => {
  const { loadBundle } = await import('../models/load.js')
  const { transfer } = await import('../training/transfer/transfer.js')
  const { gateWarning, transferTable } = await import('./transfer/table.js')
  const { progressLine } = await import('./train-progress.js')
  const open = async (data: string | undefined) => (data === undefined ? null : openData({ ...options, data }))
  const model = await loadBundle(options.model)
  try {
    const standards = await openData({ ...options, data: options.standards })
    const [master, training] = [await open(options.master), await open(options.train)]
    const { target: column = null, group = null, instrument = null, method = null, seed } = options
    const made = await transfer({ model, standards, master, training, column, group, instrument, method, seed, progress: progressLine() })
    const base = options.out.replace(/\.(json|s2m)$/, '')
    const bundle = made.bundle && `${base}.s2m`
    // The bundle first: a transfer without the bundle that it belongs to would refuse everything.
    if (bundle !== null && made.bundle) await write(bundle, made.bundle)
    await write(`${base}.json`, `${JSON.stringify(made.file)}\n`)
    const { task, outputs } = model.bundle.manifest
    if (options.json) {
      const { figures, objects, spectra, file } = made
      const { picked } = file.standards
      say(gateWarning(figures))
      process.stdout.write(
        `${JSON.stringify({ transfer: `${base}.json`, bundle, picked, objects, spectra, intervals: file.conformal !== null, figures })}\n`,
      )
    } else process.stdout.write(`${transferTable(made, task === 'value' ? 'value' : 'class', outputs.unit ?? '')}\n`)
    say([`written: ${base}.json`, ...(bundle === null ? [] : [`written: ${bundle}, the new bundle that ${base}.json belongs to`])])
  } finally {
    await model.close()
  }
}

const write = async (file: string, content: Uint8Array | string): Promise<void> => {
  await writeFile(file, content).catch((cause: unknown) => {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where: `--out ${file}`, seen, cure: 'name a file in a folder that exists and can be written', cause })
  })
}

const methodOf = (text: string): Method => {
  const found = methods.find((method) => method === text)
  if (found) return found
  throw new InvalidArgumentError(`allowed: ${methods.join(', ')}.`)
}

const seedOf = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('allowed: a whole number of at most nine digits.')
}
