import { isNode, LineCounter, parseDocument } from 'yaml'
import { Failure } from '../failures.js'
import { type Recipe, recipeSchema } from './recipe.js'

/** Bytes of a recipe. */
export const MAX_RECIPE_BYTES = 1 << 20

/**
 * A recipe from YAML text.
 * @throws Failure CONFIG_INVALID naming line and key, what was seen and what is allowed.
 */
export const parseRecipe = (text: string, file: string): Recipe => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [broken] = document.errors
  if (broken) throw new Failure('CONFIG_INVALID', { where: `${file}:${lines.linePos(broken.pos[0]).line}`, seen: broken.message, allowed: 'YAML' })
  const parsed = recipeSchema.safeParse(document.toJS() ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path ?? []
  const node = path.length === 0 ? null : document.getIn(path, true)
  const line = isNode(node) && node.range ? `:${lines.linePos(node.range[0]).line}` : ''
  throw new Failure('CONFIG_INVALID', {
    where: `${file}${line}, key "${path.join('.')}"`,
    seen: issue?.message ?? 'something else',
    allowed: 'a recipe as models/tablet-dose/recipe.yaml shows it',
  })
}
