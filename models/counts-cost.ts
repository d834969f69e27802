import type { Dataset } from '../src/datasets/folder.js'
import type { Axis } from '../src/spectrum/axis.js'
import type { Recipe } from '../src/training/recipe.js'
import { train } from '../src/training/train.js'

/** Exposures shorter than this would round to nothing: microseconds. */
const SHORTEST_US = 1

/**
 * What the counts of a recipe cost, by a linear model: PLS trained and judged without counts, with them, and against a bare white, which forces an
 * exposure shorter by the filter that the recipe has. One line each: balanced accuracy on the judged part, with its 95 % interval.
 */
export const countsCost = async (dataset: Dataset, recipe: Recipe, axis: Axis | null): Promise<readonly string[]> => {
  const { counts } = recipe
  if (counts === null) return []
  const { density, integrationUs } = counts
  const bare = { ...counts, density: 0, integrationUs: Math.max(SHORTEST_US, Math.round(integrationUs * 10 ** -density)) }
  const ways: readonly [string, Recipe['counts']][] = [
    ['PLS, no counts at all', null],
    [`PLS, counts, white behind density ${density}`, counts],
    [`PLS, counts, bare white, ${bare.integrationUs / 1000} ms`, bare],
  ]
  const lines: string[] = []
  for (const [name, way] of ways) {
    const plan: Recipe = { ...recipe, counts: way, models: ['pls'], ship: 'linear', cnn: null, permutations: 0 }
    const { report } = await train({ dataset, recipe: plan, axis })
    const figure = report.figures['balanced-accuracy']
    const range = figure?.interval ? ` (${figure.interval.map((end) => end.toFixed(3)).join(' to ')})` : ''
    lines.push(`${name}: balanced accuracy ${figure?.value.toFixed(3)}${range}`)
  }
  return lines
}
