import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { Failure } from '../../failures.js'
import { type DataOptions, openData, withData } from '../data-options.js'

interface ImportOptions extends DataOptions {
  readonly model: string
  readonly labels: string
  readonly value?: boolean
  readonly unit?: string
  readonly chain: string
  readonly axis?: string
  readonly target?: string
  readonly group?: string
  readonly id: string
  readonly modelVersion: string
  readonly title?: string
  readonly seed: string
  readonly out: string
  readonly json?: boolean
}

/** `bundle import`: a TF.js LayersModel becomes a bundle. */
export const importCommand = (): Command =>
  withData(
    new Command('import')
      .summary('make a bundle from a TF.js LayersModel that was trained elsewhere')
      .requiredOption('--model <path>', 'model.json, or the folder that holds it and its weights')
      .requiredOption('--labels <a,b,c>', 'names of the outputs in their order; with --value the name of the value')
      .option('--value', 'the one output is a value, not a class')
      .option('--unit <unit>', 'unit of the value', '')
      .requiredOption('--chain <file>', 'YAML list of the steps that the model expects before it, as "chains" of a recipe has them')
      .option('--axis <file>', 'axis of the instrument, one value a pixel; without it that of the data'),
    'spectra like those that the model was made for, at least 20: gate and golden spectra are made from them',
  )
    .option('--target <column>', 'column of the truth, to calibrate prediction sets or intervals by')
    .option('--group <column>', 'spectra with the same word here are one object')
    .option('--id <id>', 'lower-case letters, digits and hyphens', 'imported')
    .option('--model-version <version>', 'as 1.0.0', '1.0.0')
    .option('--title <text>', 'what it is, for people')
    .option('--seed <n>', 'source of all chance', '1')
    .requiredOption('--out <file>', 'the bundle to write, NAME.s2m')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      `
The layers must stand in one line: Conv1D or Conv2D of height 1 (stride 1, ReLU), MaxPooling of 2, Flatten, Dense (ReLU between), BatchNormalization (folded
into weights), Activation, ReLU, Softmax, Reshape of the input; Dropout is left out. Anything else is refused by name. It becomes an int8 graph where that gives
the same answers on the data, else fp32. Prediction sets hold only if the model was not trained on --data: give other objects.

For example:
  spectro2mqtt bundle import --model export/ --labels HDPE,PET,PP --chain chain.yaml --data held-back/ --target polymer --group object --out plastics.s2m`,
    )
    .action(importInto)

const importInto = async (options: ImportOptions): Promise<void> => {
  const [{ readLayersModel }, { netOfLayers }, { importModel }, { readBundle }] = await Promise.all([
    import('../../training/import/layers-model.js'),
    import('../../training/import/net-of-layers.js'),
    import('../../training/import/import-model.js'),
    import('../../models/bundle.js'),
  ])
  const labels = options.labels.split(',').map((label) => label.trim())
  if (labels.some((label) => label === '') || (options.value === true) !== (labels.length === 1))
    throw new Failure('USAGE', { where: '--labels', seen: options.labels, allowed: 'two names or more separated by commas; one with --value' })
  const dataset = await openData(options)
  const isFolder = (await stat(options.model).catch(() => null))?.isDirectory() === true
  const net = netOfLayers(await readLayersModel(isFolder ? join(options.model, 'model.json') : options.model))
  const { bundle, graph, findings } = await importModel({
    ...{ net, dataset, labels, task: options.value ? 'value' : 'class', unit: options.unit ?? '' },
    chain: await readChain(options.chain),
    axis: options.axis === undefined ? null : (await (await import('../../instruments/axis-file.js')).readAxisFile(options.axis)).axis,
    ...{ target: options.target ?? null, group: options.group ?? null },
    ...{ id: options.id, version: options.modelVersion, title: options.title ?? `Imported: ${labels.join(', ')}` },
    seed: seedOf(options.seed),
  })
  await writeFile(options.out, bundle).catch((cause: unknown) => {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where: `--out ${options.out}`, seen, cure: 'name a file in a folder that exists and can be written', cause })
  })
  const { sha256 } = readBundle(bundle, options.out)
  const told = { file: options.out, sha256, bytes: bundle.length, graph, findings }
  process.stdout.write(
    `${options.json ? JSON.stringify(told, null, 2) : [...findings, `written: ${told.file}, ${told.bytes} bytes, SHA-256 ${sha256}`].join('\n')}\n`,
  )
}

/** Bytes of a chain file. */
const MAX_CHAIN_BYTES = 1 << 20

const readChain = async (file: string) => {
  const [{ parse }, { recipeSchema }] = await Promise.all([import('yaml'), import('../../training/recipe.js')])
  const refuse = (seen: string, cause?: unknown) =>
    new Failure('CONFIG_INVALID', {
      ...{ where: file, seen, allowed: 'a YAML list of steps, as [{op: snv, ddof: 0}, ...]' },
      ...(cause === undefined ? {} : { cause }),
    })
  const about = await stat(file).catch(() => null)
  if (!about?.isFile() || about.size > MAX_CHAIN_BYTES) throw refuse(about ? `${about.size} bytes that are no chain` : 'no such file')
  let steps: unknown
  try {
    steps = parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause)
  }
  const outcome = recipeSchema.shape.chains.safeParse([{ name: 'imported', steps }])
  const [chain] = outcome.data ?? []
  if (chain === undefined)
    throw refuse(outcome.error?.issues.map(({ path, message }) => `${path.slice(2).join('.')} ${message}`).join('; ') ?? 'nothing')
  return chain.steps
}

const seedOf = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Failure('USAGE', { where: '--seed', seen: `"${text}"`, allowed: 'a whole number of at most nine digits' })
}
