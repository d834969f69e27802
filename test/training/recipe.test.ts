import { readFileSync } from 'node:fs'
import t from 'tap'
import { classOf } from '../../src/training/examples.js'
import { parseRecipe } from '../../src/training/parse-recipe.js'

const text = readFileSync(new URL('../../models/tablet-dose/recipe.yaml', import.meta.url), 'utf8')

t.test('the shipped recipe is read, its grid written out', async (t) => {
  const { chains, target, seed } = parseRecipe(text, 'recipe.yaml')
  const { grid } = chains?.[0]?.steps.find(({ op }) => op === 'resample') ?? {}
  t.strictSame([grid?.length, grid?.[0], grid?.[1], grid?.at(-1)], [405, 752, 754, 1560])
  t.equal(target.column, 'assay_mg')
  t.type(seed, 'number')
})

t.test('a mistake is told with file, line and key', async (t) => {
  const refused = (changed: string, message: RegExp) => t.throws(() => parseRecipe(changed, 'recipe.yaml'), { code: 'CONFIG_INVALID', message })
  const line = text.split('\n').findIndex((row) => row.startsWith('confidence:')) + 1
  refused(text.replace(/^confidence:.*$/m, 'confidence: 80'), new RegExp(`recipe\\.yaml:${line}, key "confidence"`))
  refused(text.replace('limits: [190, 210]', 'limits: [210, 190]'), /key "target.limits".*two rising numbers/)
  refused(text.replace('folds:', 'fold:'), /recipe\.yaml.*folds?/)
  refused(`${text}\n  - : [`, /recipe\.yaml:\d+: /)
})

t.test('a value on a limit is inside', async (t) => {
  t.strictSame(
    [189.9, 190, 200, 210, 210.1].map((value) => classOf(value, [190, 210])),
    [0, 1, 1, 1, 2],
  )
})

t.test('a recipe of five lines is whole: all else has a default', async (t) => {
  const least = 'id: plastics\nversion: 1.0.0\ntitle: plastics\ntarget: {kind: labels, column: label}\n'
  const { models, repeats, folds, split, chains, priors, cnn, gate, coverage } = parseRecipe(least, 'recipe.yaml')
  t.strictSame(models, ['pls', 'pca-lda', 'ridge', 'kernel-ridge', 'cnn'])
  t.strictSame(
    { repeats, folds, split, chains, priors, coverage },
    { repeats: 5, folds: 5, split: null, chains: null, priors: 'balanced', coverage: 0.95 },
  )
  t.equal(gate.alpha, 0.01)
  t.equal(cnn?.epochs, null, 'as many as the set takes')
})
