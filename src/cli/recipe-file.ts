import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Failure } from '../failures.js'
import { readAxisFile } from '../instruments/axis-file.js'
import type { Axis } from '../spectrum/axis.js'
import { MAX_RECIPE_BYTES, parseRecipe } from '../training/parse-recipe.js'
import type { Recipe } from '../training/recipe.js'

/**
 * A recipe and the axis that it names; paths in a recipe start from its own folder.
 * @throws Failure CONFIG_INVALID, DATA_INVALID or AXIS_INVALID naming the file.
 */
export const readRecipeFile = async (file: string): Promise<{ readonly recipe: Recipe; readonly axis: Axis | null }> => {
  const size = await stat(file).then(
    (found) => found.size,
    () => null,
  )
  if (size === null || size > MAX_RECIPE_BYTES)
    throw new Failure('CONFIG_INVALID', {
      where: file,
      seen: size === null ? 'no such file' : `${size} bytes`,
      allowed: `a recipe of at most ${MAX_RECIPE_BYTES} bytes`,
    })
  const recipe = parseRecipe(await readFile(file, 'utf8'), file)
  return { recipe, axis: recipe.axis === null ? null : (await readAxisFile(resolve(dirname(file), recipe.axis))).axis }
}
