import { access, constants, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import type { Dataset } from '../datasets/folder.js'
import { asFailure, Failure } from '../failures.js'
import { readBundle } from '../models/bundle.js'
import type { Axis } from '../spectrum/axis.js'
import { type Choices, defaultRecipe } from '../training/default-recipe.js'
import { type Recipe, recipeSchema } from '../training/recipe.js'
import { reportHtml } from '../training/report/html.js'
import { explained } from '../training/report.js'
import { train } from '../training/train.js'
import { type DataOptions, openData, withData } from './data-options.js'
import { readRecipeFile } from './recipe-file.js'
import { progressLine } from './train-progress.js'
import { reportTable } from './train-table.js'

interface Options extends DataOptions {
  readonly target: string
  readonly recipe?: string
  readonly group?: string
  readonly minCount?: string
  readonly unit?: string
  readonly priors?: string
  readonly models?: string
  readonly repeats?: string
  readonly drop?: string
  readonly seed?: string
  readonly out: string
  readonly report?: string
  readonly json?: boolean
}

/** The seed where nobody names one: any number would do, a fixed one gives the same bundle twice. */
const SEED = 1

/** `train`: measured spectra become a bundle, and a report of what it can do. */
export const command = (): Command =>
  withData(new Command('train'))
    .requiredOption('--target <column>', 'the label column to learn: words are classes, numbers a value, one word alone an identity')
    .option('--recipe <file>', 'how to train; without it the default chains and models')
    .option('--group <column>', 'spectra with the same word here are one object (or batch, or day) and stay together')
    .option('--min-count <n>', 'leave out classes with fewer spectra')
    .option(
      '--unit <text>',
      'unit of a value; without it by the end of its name (_pct, _mg); numbers with a unit are a value, however few of them differ',
    )
    .option('--priors <which>', 'balanced (each class alike) or empirical (each spectrum alike)')
    .option('--models <list>', 'what is tried, of pls, ridge, pca-lda, kernel-ridge, cnn; separated by commas')
    .option('--repeats <n>', 'repeats of the nested cross-validation; 5 without a word')
    .option('--drop <ids>', 'spectra to leave out, separated by commas: outliers that someone has looked at')
    .option('--seed <n>', 'source of all chance: the same seed gives the same bundle')
    .requiredOption('--out <file>', 'the bundle to write, NAME.s2m')
    .option('--report <file>', 'the report to write; NAME.html beside the bundle without a word')
    .option('--json', 'the report as one JSON document on standard output')
    .addHelpText(
      'after',
      `
The first Ctrl-C ends the search and finishes with the best model so far; the second ends at once.

For example:
  spectro2mqtt train --data plastics/ --target label --group object --min-count 4 --out plastics.s2m
  spectro2mqtt train --data corn.csv --axis-kind wavelength-nm --quantity absorbance --geometry reflectance --target protein_pct --out protein.s2m`,
    )
    .action(trainBundle)

const trainBundle = async (options: Options): Promise<void> => {
  const page = options.report ?? options.out.replace(/(\.s2m)?$/, '.html')
  await expectFolder('--out', options.out)
  await expectFolder('--report', page)
  const dataset = await openData(options)
  const { recipe, axis } = await planOf(dataset, options)
  const [finish, stop] = [new AbortController(), new AbortController()]
  const interrupt = () => {
    if (finish.signal.aborted) stop.abort()
    else process.stderr.write('stopping: the best model so far is finished; once more ends at once\n')
    finish.abort()
  }
  const end = () => stop.abort()
  process.on('SIGINT', interrupt).once('SIGTERM', end)
  try {
    const { bundle, report } = await train({ dataset, recipe, axis, finish: finish.signal, signal: stop.signal, progress: progressLine() })
    await write(options.out, bundle)
    await write(page, reportHtml(report))
    const { sha256 } = readBundle(bundle, options.out)
    if (options.json) print(JSON.stringify({ bundle: { file: options.out, sha256, bytes: bundle.length }, page, ...report, explained }, null, 2))
    else print(`${reportTable(report)}\n\nwritten: ${options.out}, ${bundle.length} bytes, SHA-256 ${sha256}; report: ${page}`)
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', end)
  }
}

/** Before minutes of training, not after. */
const expectFolder = async (option: string, file: string): Promise<void> => {
  const folder = dirname(resolve(file))
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where: `${option} ${file}`, seen, allowed: 'a file in a folder that can be written', cause })
  })
}

const write = async (file: string, content: Uint8Array | string): Promise<void> => {
  await writeFile(file, content).catch((error: unknown) => {
    const seen = asFailure(error, 'FILE_FAILED').message
    throw new Failure('FILE_FAILED', { where: file, seen, cure: 'choose a folder that can be written' })
  })
}

const planOf = async (dataset: Dataset, options: Options): Promise<{ readonly recipe: Recipe; readonly axis: Axis | null }> => {
  const said = choices(options)
  if (options.recipe === undefined) return { recipe: defaultRecipe(dataset, said), axis: null }
  const { recipe, axis } = await readRecipeFile(options.recipe)
  if ((recipe.target.column ?? '') !== options.target)
    throw new Failure('USAGE', { where: '--target', seen: options.target, allowed: `${recipe.target.column ?? '""'}, as ${options.recipe} says` })
  const written = (['group', 'minCount', 'unit', 'priors'] as const).find((name) => options[name] !== undefined)
  if (written)
    throw new Failure('USAGE', {
      where: { group: '--group', minCount: '--min-count', unit: '--unit', priors: '--priors' }[written],
      seen: `together with --recipe ${options.recipe}`,
      cure: 'write it into the recipe',
    })
  return {
    recipe: {
      ...recipe,
      seed: options.seed === undefined ? recipe.seed : said.seed,
      repeats: said.repeats ?? recipe.repeats,
      models: said.models ?? recipe.models,
      drop: [...recipe.drop, ...said.drop],
    },
    axis,
  }
}

const choices = ({ target, group, minCount, unit, priors, models, repeats, drop, seed }: Options): Choices => ({
  column: target,
  group: group ?? null,
  minCount: minCount === undefined ? null : whole('--min-count', minCount),
  unit: unit ?? null,
  seed: seed === undefined ? SEED : whole('--seed', seed),
  repeats: repeats === undefined ? null : whole('--repeats', repeats),
  priors: priors === undefined ? null : priorsOf(priors),
  models: models === undefined ? null : modelsOf(models),
  drop: drop === undefined ? [] : list(drop),
})

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const { priors: priorsSchema, models: modelsSchema } = recipeSchema.shape

const priorsOf = (seen: string): Recipe['priors'] => {
  const parsed = priorsSchema.safeParse(seen)
  if (parsed.success) return parsed.data
  throw new Failure('USAGE', { where: '--priors', seen, allowed: 'balanced or empirical' })
}

const modelsOf = (seen: string): Recipe['models'] => {
  const parsed = modelsSchema.safeParse(list(seen))
  if (parsed.success && seen.trim() !== '') return parsed.data
  throw new Failure('USAGE', { where: '--models', seen, allowed: 'pls, ridge, pca-lda, kernel-ridge, cnn, separated by commas' })
}

const whole = (option: string, text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Failure('USAGE', { where: option, seen: `"${text}"`, allowed: 'a whole number of at most nine digits' })
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
