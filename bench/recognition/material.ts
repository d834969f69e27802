import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Dataset } from '../../src/datasets/folder.js'
import { openDataset } from '../../src/datasets/open.js'
import { Failure } from '../../src/failures.js'
import { type Choices, defaultRecipe } from '../../src/training/default-recipe.js'
import { type Material, materialOf } from '../../src/training/material.js'
import type { Recipe } from '../../src/training/recipe.js'

/** A set as `train` would take it, with the recipe that it would follow. */
export interface Opened {
  readonly dataset: Dataset
  readonly recipe: Recipe
  readonly material: Material
}

/** What `train` is told on the command line where nothing is said. */
const plain: Choices = { column: 'label', group: null, minCount: null, unit: null, seed: 1, models: null, repeats: null, priors: null, drop: [] }

/** @throws Failure DATA_INVALID where the folder holds no such set. */
export const datasetOf = (root: string, name: string): Dataset => {
  const folder = join(root, name)
  if (existsSync(folder)) return openDataset(folder)
  throw new Failure('DATA_INVALID', { where: root, seen: `no data set "${name}"`, allowed: 'the folder with the measured sets', cure: '--data ROOT' })
}

/** Opens a set, rows chosen by `keep`, with the default recipe for a column. */
export const opened = (
  dataset: Dataset,
  choices: Partial<Choices>,
  keep: (labels: Readonly<Record<string, string>>) => boolean = () => true,
): Opened => {
  const own = { ...dataset, rows: dataset.rows.filter(({ labels }) => keep(labels)) }
  const recipe = defaultRecipe(own, { ...plain, ...choices })
  return { dataset: own, recipe, material: materialOf(own, recipe, null) }
}

/** Words of a column for the spectra of a part, '' where unknown. */
export const wordsOf = ({ dataset, material }: Opened, column: string): readonly string[] => {
  const rows = new Map(dataset.rows.map(({ id, labels }) => [id, labels]))
  return material.own.ids.map((id) => (rows.get(id)?.[column] ?? '').trim())
}
