import type { Dataset } from '../../src/datasets/folder.js'
import { bindModel } from '../../src/models/binding.js'
import { loadBundle } from '../../src/models/load.js'
import type { LoadedModel } from '../../src/models/open.js'
import type { Recipe } from '../../src/training/recipe.js'
import type { Report } from '../../src/training/report.js'
import { spectraOf } from '../../src/training/spectra.js'
import { train } from '../../src/training/train.js'
import type { Context } from './figure.js'

/** What `train` would write for a set and recipe, opened as the agent would. */
export const trained = async (context: Context, dataset: Dataset, recipe: Recipe): Promise<{ model: LoadedModel; report: Report }> => {
  const { bundle, report } = await train({ dataset, recipe: { ...recipe, permutations: 0 }, axis: null, progress: context.tell })
  return { model: await loadBundle(bundle), report }
}

/** What was picked, in short: the whole story of the choice is in the report that `train` writes. */
export const pickText = ({ winner: { family, chain, setting } }: Report): string => `${family} behind "${chain}" (${setting})`

/** Rows of a set that `keep` wants. */
export const some = (dataset: Dataset, keep: (row: Dataset['rows'][number], n: number) => boolean): Dataset => ({
  ...dataset,
  rows: dataset.rows.filter(keep),
})

/** Linear models alone: what the protocols of transfer are about. */
export const linear = (recipe: Recipe, repeats: number): Recipe => ({ ...recipe, models: recipe.models.filter((model) => model !== 'cnn'), repeats })

/** What gate and chain of a model say of spectra in order: distances, and whether it is foreign. What the chain cannot prepare is foreign at no distance. */
export const gateOf = async (
  model: LoadedModel,
  dataset: Dataset,
  rows: Dataset['rows'],
): Promise<readonly { t2: number; q: number; foreign: boolean }[]> => {
  const { axis, values, quantity } = spectraOf(dataset, rows, dataset.axis)
  const binding = bindModel(model, { axis, quantity }, 'refuse', () => 0)
  const saturated = new Uint8Array(axis.values.length)
  const seen: { t2: number; q: number; foreign: boolean }[] = []
  for (const ratio of values) {
    const { gate } = await binding.infer(binding.prepare({ measurement: { axis, saturated }, ratio, quantity, flags: [] }))
    seen.push(gate ? { t2: gate.t2, q: gate.q, foreign: gate.foreign } : { t2: Number.NaN, q: Number.NaN, foreign: true })
  }
  return seen
}
