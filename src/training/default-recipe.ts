import type { Dataset } from '../datasets/folder.js'
import { Failure } from '../failures.js'
import { type Recipe, recipeSchema, type Target } from './recipe.js'
import { unitByName } from './unit-names.js'

/** What a command line says where there is no recipe; null: not said. */
export interface Choices {
  readonly column: string
  readonly group: string | null
  readonly minCount: number | null
  readonly unit: string | null
  readonly seed: number
  readonly models: Recipe['models'] | null
  readonly repeats: number | null
  readonly priors: Recipe['priors'] | null
  readonly drop: readonly string[]
}

/**
 * A column of numbers is a value if it has a unit, by word or by its name, or if more than this share of its cells differ; else they are names of classes
 * that happen to be numbers.
 */
const DISTINCT_SHARE = 0.2

/**
 * What is done when nobody wrote a recipe: words are classes, numbers a value, one word alone an identity; the default chains and models,
 * judged by nested cross-validation.
 * @throws Failure DATA_INVALID where the set has no such column.
 */
export const defaultRecipe = (dataset: Dataset, choices: Choices): Recipe => {
  const { meta } = dataset
  const { column, group, seed, models, repeats, priors, drop } = choices
  return recipeSchema.parse({
    id: idOf(`${meta.name}-${column}`),
    version: '1.0.0',
    title: `${column} of ${meta.title || meta.name}`.slice(0, 200),
    target: targetOf(dataset, choices),
    group,
    seed,
    drop: [...drop],
    ...(models ? { models } : {}),
    ...(repeats === null ? {} : { repeats }),
    ...(priors ? { priors } : {}),
  })
}

const targetOf = (dataset: Dataset, { column, minCount, unit }: Choices): Target => {
  if (!dataset.meta.label_columns.includes(column))
    throw new Failure('DATA_INVALID', {
      where: dataset.name,
      seen: `no column "${column}"`,
      allowed: dataset.meta.label_columns.join(', ') || 'a set with label columns',
    })
  const cells = dataset.rows.map((row) => (row.labels[column] ?? '').trim()).filter((cell) => cell !== '' && !/^unknown$/i.test(cell))
  const distinct = new Set(cells)
  const numeric = cells.length > 0 && cells.every((cell) => Number.isFinite(Number(cell)))
  const unitSaid = unit ?? unitByName(column)
  if (numeric && distinct.size > 1 && (unitSaid !== null || distinct.size > DISTINCT_SHARE * cells.length))
    return { kind: 'value', column, unit: unitSaid ?? '', limits: null }
  const [only] = distinct
  if (only !== undefined && distinct.size === 1) return { kind: 'identity', column, label: only.slice(0, 64) }
  return { kind: 'labels', column, minCount: minCount ?? 1 }
}

const idOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 64) || 'model'
