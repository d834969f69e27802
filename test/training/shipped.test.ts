import { readFileSync } from 'node:fs'
import t from 'tap'
import { drawPopulation, parsePopulation } from '../../src/datasets/population.js'
import { parseAxisFile } from '../../src/instruments/axis-file.js'
import { readBundle } from '../../src/models/bundle.js'
import { loadBundle } from '../../src/models/load.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { classOf } from '../../src/training/examples.js'
import { judgeAll } from '../../src/training/judge.js'
import { parseRecipe } from '../../src/training/parse-recipe.js'
import { measureBy } from '../../src/training/prepare.js'

const folder = new URL('../../models/tablet-dose/', import.meta.url)
const file = (name: string) => readFileSync(new URL(name, folder))
const recipe = parseRecipe(file('recipe.yaml').toString(), 'recipe.yaml')
const { axis } = parseAxisFile(file('axis.csv').toString(), 'axis.csv')
const bytes = file('tablet-dose.s2m')
const population = parsePopulation(file('population.json').toString(), 'population.json')

/** Bytes that the statistical model and the golden spectra may take together. */
const MAX_SYNTHETIC_BYTES = 400_000

t.test('the shipped bundle loads, answers its own golden spectra, and is the one that its recipe names', async (t) => {
  const model = await loadBundle(bytes)
  t.teardown(() => model.close())
  const { id, version, outputs, limits, chain, provenance } = model.bundle.manifest
  t.strictSame({ id, version, confidence: limits.confidence }, { id: recipe.id, version: recipe.version, confidence: recipe.confidence ?? undefined })
  t.strictSame(outputs.labels, ['under', 'within', 'over'])
  t.strictSame(chain.slice(0, -1), recipe.chains?.[0]?.steps)
  t.equal(chain.at(-1)?.op, 'center_scale')
  t.equal(model.bundle.axis.id, axis.id, 'its axis is that of axis.csv')
  t.equal(population.axis.id, axis.id, 'and that of the statistical model')
  t.match(provenance?.licence, /Public domain/)
  t.equal(provenance?.seed, recipe.seed)
})

t.test('statistical model and golden spectra stay small', async (t) => {
  const golden = Buffer.byteLength(JSON.stringify(readBundle(bytes).golden))
  const total = golden + file('population.json').length
  t.ok(total < MAX_SYNTHETIC_BYTES, `${total} bytes`)
})

t.test('golden spectra hold every verdict and every reason that a spectrum alone can give', async (t) => {
  const { cases } = readBundle(bytes).golden
  for (const label of ['under', 'within', 'over'])
    t.ok(
      cases.some(({ want }) => want.verdict === 'accepted' && want.top === label),
      label,
    )
  for (const reason of ['foreign', 'ambiguous', 'saturated', 'masked', 'degenerate', 'dark-expired'])
    t.ok(
      cases.some(({ want }) => want.reason === reason),
      reason,
    )
})

t.test('objects drawn from the statistical model are mostly answered, rightly, and never refused in numbers', async (t) => {
  const model = await loadBundle(bytes)
  t.teardown(() => model.close())
  const random = seededRandom(99)
  const measure = measureBy(recipe.counts, axis.values.length)
  const drawn = Array.from({ length: 200 }, () => drawPopulation(population.model, random))
  const judged = await judgeAll(
    model,
    drawn.map(({ values }) =>
      measure(
        values.map((value) => 10 ** -value),
        random,
      ),
    ),
  )
  const accepted = judged.flatMap(({ verdict, top }, n) => (verdict === 'accepted' ? [top === classOf(drawn[n]?.assay ?? 0, [190, 210])] : []))
  t.ok(accepted.length > 120, `${accepted.length} of 200 accepted`)
  t.ok(accepted.filter((right) => right).length > 0.9 * accepted.length)
  t.ok(judged.filter(({ reason }) => reason === 'foreign').length < 20)
})
