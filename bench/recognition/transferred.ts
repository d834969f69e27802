import type { Dataset } from '../../src/datasets/folder.js'
import { type LoadedModel, loadBundle } from '../../src/models/load.js'
import { correctionOf } from '../../src/models/transfer.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { answerSpectra, quantityFor } from '../../src/training/evaluation/answers.js'
import { spectraOf } from '../../src/training/spectra.js'
import { shuffle } from '../../src/training/split.js'
import { transfer } from '../../src/training/transfer/transfer.js'
import { some } from './bundle.js'

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

/** Values that a model gives to all spectra of a set, whatever its gate says. */
export const valuesBy = async (
  model: LoadedModel,
  dataset: Dataset,
  fitted: Parameters<typeof correctionOf>[0] = null,
): Promise<readonly number[]> => {
  const { axis, values: spectra } = spectraOf(dataset, dataset.rows, dataset.axis)
  const { answers } = await answerSpectra(
    model,
    { rows: dataset.rows, spectra, axis, quantity: quantityFor(model, dataset) },
    () => {},
    correctionOf(fitted),
  )
  return answers.map(({ value }) => value ?? Number.NaN)
}

/** Root mean square error to the numbers in a column, over the rows that `keep` wants. */
export const rmsepOf = (dataset: Dataset, column: string, values: readonly number[], keep: (id: string) => boolean = () => true): number => {
  const errors = dataset.rows.flatMap(({ id, labels }, n) => (keep(id) ? [(values[n] ?? Number.NaN) - Number(labels[column])] : []))
  return Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length)
}

/** The command `transfer` on the standards of a draw, then the rest answered by what it picked. */
export const transferred = async (
  model: LoadedModel,
  { standards, rest }: TransferDraw,
  beside: { readonly master: Dataset | null; readonly training: Dataset | null; readonly column: string; readonly seed: number },
): Promise<{ values: readonly number[]; picked: string }> => {
  const { column, master, training, seed } = beside
  const { file, bundle } = await transfer({ model, standards, master, training, column, group: null, instrument: null, method: null, seed })
  if (bundle === null) return { values: await valuesBy(model, rest, file.fitted), picked: file.standards.picked }
  const own = await loadBundle(bundle)
  try {
    return { values: await valuesBy(own, rest), picked: file.standards.picked }
  } finally {
    await own.close()
  }
}

export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN]
  return low + (at - Math.floor(at)) * (high - low)
}
