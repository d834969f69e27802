import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readDataset } from '../../src/datasets/folder.js'
import { parseAxisFile } from '../../src/instruments/axis-file.js'
import { loadBundle } from '../../src/models/load.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { examplesOf } from '../../src/training/examples.js'
import { balancedFigure } from '../../src/training/figures.js'
import { type Judged, judgeAll } from '../../src/training/judge.js'
import { parseRecipe } from '../../src/training/parse-recipe.js'
import { measureBy } from '../../src/training/prepare.js'
import { spectraOf } from '../../src/training/spectra.js'
import { splitRows } from '../../src/training/split.js'

const project = fileURLToPath(new URL('../../', import.meta.url))
const data = join(process.env['SPECTRO2MQTT_DATA'] ?? join(project, '..', 'shared', 'data'), 'tablets_idrc2002_i1')
const skip = existsSync(join(data, 'meta.json'))
  ? false
  : 'measured tablets are not in this repository: set SPECTRO2MQTT_DATA to a folder that holds the data set tablets_idrc2002_i1'

const shipped = (name: string) => readFileSync(join(project, 'models', 'tablet-dose', name))

/** Measured anew with fresh noise so many times; another seed than the trainer's. */
const DRAWS = 4
const SEED = 4711

t.test('the shipped model on measured tablets', { skip }, async (t) => {
  const recipe = parseRecipe(shipped('recipe.yaml').toString(), 'recipe.yaml')
  const { axis } = parseAxisFile(shipped('axis.csv').toString(), 'axis.csv')
  const dataset = readDataset(data)
  const { rows, truth, groups } = examplesOf(dataset, recipe)
  const { values: ratios } = spectraOf(dataset, rows, axis)
  if (recipe.split === null) throw new Error('the shipped recipe has a test part')
  const split = splitRows(rows, [], groups, recipe.split, recipe.seed)
  const measure = measureBy(recipe.counts, axis.values.length)

  await t.test('tells the dose class of test tablets through counts: balanced accuracy of at least 0.90', async (t) => {
    const model = await loadBundle(shipped('tablet-dose.s2m'))
    t.teardown(() => model.close())
    t.equal(model.bundle.manifest.provenance?.dataSha256, dataset.sha256, 'it was made from this very file')
    const random = seededRandom(SEED)
    const judged: Judged[][] = []
    for (let draw = 0; draw < DRAWS; draw++)
      judged.push(
        await judgeAll(
          model,
          split.test.map((n) => measure(ratios[n] ?? new Float64Array(0), random)),
        ),
      )
    const wanted = split.test.map((n) => truth[n] ?? -1)
    const { value } = balancedFigure(
      wanted,
      judged.map((draw) => draw.map(({ top }) => top ?? -2)),
      random,
    )
    t.ok(value >= 0.9, `balanced accuracy ${value.toFixed(3)}`)
    const all = judged.flat()
    const accepted = all.flatMap(({ verdict, top }, i) => (verdict === 'accepted' ? [top === wanted[i % wanted.length]] : []))
    t.ok(accepted.length >= 0.8 * all.length, `${accepted.length} of ${all.length} accepted`)
    t.ok(accepted.filter((right) => right).length >= 0.95 * accepted.length, 'what is accepted is nearly always right')
    t.ok(all.filter(({ reason }) => reason === 'foreign').length <= 0.02 * all.length, 'a measured tablet is hardly ever foreign')
  })

  await t.test('uses only channels whose noise is at most three times the median of the instrument', async (t) => {
    const random = seededRandom(SEED)
    // Variance of the absorbance over two measurements of each training tablet, channel by channel.
    const variance = new Float64Array(axis.values.length)
    for (const n of split.train) {
      const [a, b] = [0, 1].map(() => measure(ratios[n] ?? new Float64Array(0), random).map((value) => -Math.log10(Math.max(value, 1e-8))))
      variance.forEach((sum, i) => {
        variance[i] = sum + ((a?.[i] ?? 0) - (b?.[i] ?? 0)) ** 2 / 2 / split.train.length
      })
    }
    const noise = variance.map(Math.sqrt)
    const median = [...noise].sort((a, b) => a - b)[noise.length / 2] ?? 0
    const { grid } = recipe.chains?.[0]?.steps.find(({ op }) => op === 'resample') ?? {}
    const last = grid?.at(-1) ?? 0
    const inside = noise.filter((_, i) => (axis.values[i] ?? 0) <= last)
    // Three times, and a little more: this estimate of the noise is itself uncertain by some percent.
    t.ok(Math.max(...inside) <= 3.2 * median, `${Math.max(...inside)}, median ${median}`)
    t.ok(Math.max(...noise) > 6 * median, 'beyond them are channels that are far noisier')
  })
})
