import { access, constants, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { readDataset } from '../datasets/folder.js'
import { asFailure, Failure } from '../failures.js'
import { readBundle } from '../models/bundle.js'
import type { Clock } from '../spectrum/clock.js'
import { systemClock } from '../system-clock.js'
import { type Choices, defaultRecipe } from '../training/default-recipe.js'
import { explained, type Report } from '../training/test-figures.js'
import { train } from '../training/train.js'
import { readRecipeFile } from './recipe-file.js'

interface Options {
  readonly data: string
  readonly target: string
  readonly recipe?: string
  readonly group?: string
  readonly minCount?: string
  readonly seed?: string
  readonly out: string
  readonly json?: boolean
}

/** The seed where nobody names one: any number would do, a fixed one gives the same bundle twice. */
const SEED = 1

/** `train`: a data set folder becomes a bundle, and a report of what it can do. */
export const command = (): Command =>
  new Command('train')
    .requiredOption('--data <dir>', 'the data set folder: meta.json and spectra.csv.gz')
    .requiredOption('--target <column>', 'the label column to learn')
    .option('--recipe <file>', 'how to train; without it the words of the column are the classes')
    .option('--group <column>', 'spectra with the same word here are one object and stay together (without a recipe)')
    .option('--min-count <n>', 'leave out classes with fewer spectra (without a recipe)')
    .option('--seed <n>', 'source of all chance: the same seed gives the same bundle')
    .requiredOption('--out <file>', 'the bundle to write, NAME.s2m')
    .option('--json', 'the report as one JSON document on standard output')
    .action(async (options: Options) => {
      await expectFolder(options.out)
      const dataset = readDataset(options.data)
      const { recipe, axis } =
        options.recipe === undefined ? { recipe: defaultRecipe(dataset, choices(options)), axis: null } : await recipeOf(options.recipe, options)
      const stop = new AbortController()
      const interrupt = () => stop.abort()
      process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
      try {
        const { bundle, report } = await train({ dataset, recipe, axis, signal: stop.signal, progress: progressLine() })
        await writeFile(options.out, bundle).catch((error: unknown) => {
          throw new Failure('FILE_FAILED', {
            where: options.out,
            seen: asFailure(error, 'FILE_FAILED').message,
            cure: 'choose a folder that can be written',
          })
        })
        const { sha256 } = readBundle(bundle, options.out)
        if (options.json) print(JSON.stringify({ bundle: { file: options.out, sha256, bytes: bundle.length }, ...report, explained }, null, 2))
        else print(`${reportTable(report)}\n\nwritten: ${options.out}, ${bundle.length} bytes, SHA-256 ${sha256}`)
      } finally {
        process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
      }
    })

/** Before minutes of training, not after. */
const expectFolder = async (out: string): Promise<void> => {
  const folder = dirname(resolve(out))
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where: `--out ${out}`, seen, allowed: 'a file in a folder that can be written', cause })
  })
}

const recipeOf = async (file: string, { target, group, minCount, seed }: Options) => {
  const { recipe, axis } = await readRecipeFile(file)
  if (recipe.target.column !== target)
    throw new Failure('USAGE', { where: '--target', seen: target, allowed: `${recipe.target.column}, as ${file} says` })
  if (group !== undefined || minCount !== undefined)
    throw new Failure('USAGE', {
      where: group === undefined ? '--min-count' : '--group',
      seen: `together with --recipe ${file}`,
      cure: 'write it into the recipe',
    })
  return { recipe: { ...recipe, seed: seed === undefined ? recipe.seed : whole('--seed', seed) }, axis }
}

const choices = ({ target, group, minCount, seed }: Options): Choices => ({
  column: target,
  group: group ?? null,
  minCount: minCount === undefined ? null : whole('--min-count', minCount),
  seed: seed === undefined ? SEED : whole('--seed', seed),
})

const whole = (option: string, text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Failure('USAGE', { where: option, seen: `"${text}"`, allowed: 'a whole number of at most nine digits' })
}

/** Milliseconds between two lines of progress. */
const PROGRESS_MS = 1000

/** A line on standard error at each new step, and every second within one. */
export const progressLine = (clock: Clock = systemClock): ((what: string, part: number) => void) => {
  let shown = ''
  let shownMs = Number.NEGATIVE_INFINITY
  return (what, part) => {
    const nowMs = clock.monotonicMs()
    if (what === shown && nowMs - shownMs < PROGRESS_MS) return
    shown = what
    shownMs = nowMs
    process.stderr.write(`${what}${part > 0 ? ` ${Math.round(100 * part)} %` : ''}\n`)
  }
}

/** The figures of a report, one a line, with their 95 % intervals and what they mean. */
export const reportTable = ({ figures, objects, leftOut, confusion, labels }: Report): string =>
  [
    `${objects.train} spectra trained, ${objects.test} judged; left out: ${leftOut.unlabelled} without a usable label, ${leftOut.unfit} without a value that the chain needs`,
    ...Object.entries(figures).map(([name, { value, interval }]) => {
      const range = interval === null ? '' : `${interval[0].toFixed(3)} to ${interval[1].toFixed(3)}`
      return `${name.padEnd(34)}${value.toFixed(3).padStart(7)}  ${range.padEnd(16)}  ${explained[name] ?? ''}`
    }),
    `true class: answers in the order ${labels.join(', ')}`,
    ...confusion.map((row, i) => `  ${labels[i]}: ${row.join(', ')}`),
  ].join('\n')

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
