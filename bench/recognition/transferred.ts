import type { Dataset } from '../../src/datasets/folder.js'
import { loadBundle } from '../../src/models/load.js'
import type { LoadedModel } from '../../src/models/open.js'
import { correctionOf } from '../../src/models/transfer.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { answerSpectra, quantityFor } from '../../src/training/evaluation/answers.js'
import { isRefused } from '../../src/training/evaluation/class-figures.js'
import { spectraOf } from '../../src/training/spectra.js'
import { shuffle } from '../../src/training/split.js'
import type { Method, Transferred } from '../../src/training/transfer/contract.js'
import { transfer } from '../../src/training/transfer/transfer.js'
import { some } from './bundle.js'
import { meanOf } from './judged.js'

/** Standards of each draw, as the issue has it. */
export const STANDARDS = 15

export interface TransferDraw {
  readonly standards: Dataset
  readonly rest: Dataset
}

/** So many spectra of a set by chance, and the others. */
export const standardsOf = (dataset: Dataset, draw: number, seed: number): TransferDraw => {
  const order = shuffle(
    dataset.rows.map((_, n) => n),
    seededRandom(seed + draw),
  )
  const chosen = new Set(order.slice(0, STANDARDS))
  return { standards: some(dataset, (_, n) => chosen.has(n)), rest: some(dataset, (_, n) => !chosen.has(n)) }
}

/** Answers to the spectra of a set, in its order. */
export interface Given {
  /** Values whatever the gate says; NaN where nothing could be computed. */
  readonly values: readonly number[]
  /** Share of the spectra that gate and flags let pass, 0 to 1: to the others the agent would give no value. */
  readonly accepted: number
}

/** What a model says of all spectra of a set. */
export const givenBy = async (model: LoadedModel, dataset: Dataset, fitted: Parameters<typeof correctionOf>[0] = null): Promise<Given> => {
  const { axis, values: spectra } = spectraOf(dataset, dataset.rows, dataset.axis)
  const { answers } = await answerSpectra(
    model,
    { rows: dataset.rows, spectra, axis, quantity: quantityFor(model, dataset) },
    () => {},
    correctionOf(fitted),
  )
  const refused = answers.filter((answered) => isRefused({ answered })).length
  return { values: answers.map(({ value }) => value ?? Number.NaN), accepted: 1 - refused / answers.length }
}

/** Values that a model gives to all spectra of a set, whatever its gate says. */
export const valuesBy = async (model: LoadedModel, dataset: Dataset): Promise<readonly number[]> => (await givenBy(model, dataset)).values

/** Root mean square error to the numbers in a column, over the rows that `keep` wants. */
export const rmsepOf = (dataset: Dataset, column: string, values: readonly number[], keep: (id: string) => boolean = () => true): number => {
  const errors = dataset.rows.flatMap(({ id, labels }, n) => (keep(id) ? [(values[n] ?? Number.NaN) - Number(labels[column])] : []))
  return Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length)
}

/** What the command `transfer` is given beside model and standards. */
export interface Beside {
  readonly master: Dataset | null
  readonly training: Dataset | null
  readonly column: string
  readonly seed: number
}

/** What it made of the standards of a draw, and what that says of the others. */
export interface Drawn extends Given, Pick<Transferred, 'figures'> {
  readonly picked: Method
}

/** The command `transfer` on the standards of a draw, then the rest answered by what it picked, or by the way that is asked for. */
export const transferred = async (
  model: LoadedModel,
  { standards, rest }: TransferDraw,
  beside: Beside,
  method: Method | null = null,
): Promise<Drawn> => {
  const { file, bundle, figures } = await transfer({ model, standards, ...beside, group: null, instrument: null, method })
  const picked = figures.find((own) => own.picked)?.method
  if (picked === undefined || picked === 'alone') throw new Error('the transfer picked nothing')
  if (bundle === null) return { ...(await givenBy(model, rest, file.fitted)), figures, picked }
  const own = await loadBundle(bundle)
  try {
    return { ...(await givenBy(own, rest)), figures, picked }
  } finally {
    await own.close()
  }
}

/** "98 % accepted": of the spectra that were no standards, on average over the draws. */
export const acceptedText = (draws: readonly Pick<Given, 'accepted'>[]): string =>
  `${Math.round(100 * meanOf(draws.map(({ accepted }) => accepted)))} % accepted`

export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN]
  return low + (at - Math.floor(at)) * (high - low)
}
