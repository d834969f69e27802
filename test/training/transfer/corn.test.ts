import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type Dataset, readDataset } from '../../../src/datasets/folder.js'
import { loadBundle } from '../../../src/models/load.js'
import { useTransfer } from '../../../src/models/transfer.js'
import { defaultRecipe } from '../../../src/training/default-recipe.js'
import { answerSet } from '../../../src/training/evaluation/answers.js'
import { train } from '../../../src/training/train.js'
import { transfer } from '../../../src/training/transfer/transfer.js'

const project = fileURLToPath(new URL('../../../', import.meta.url))
const data = process.env['SPECTRO2MQTT_DATA'] ?? join(project, '..', 'shared', 'data')
const skip = existsSync(join(data, 'corn_m5', 'meta.json'))
  ? false
  : 'measured corn is not in this repository: set SPECTRO2MQTT_DATA to a folder that holds the data sets corn_m5 and corn_mp5'

const COLUMN = 'protein_pct'
/** RMSEP of a model of the second instrument's own, 10-fold, in % protein (`npm run bench:recognition -- --only corn`). */
const OWN = 0.13

t.test('a model of protein in corn becomes right on a second instrument, by 15 standards', { skip }, async (t) => {
  const [m5, mp5] = [readDataset(join(data, 'corn_m5')), readDataset(join(data, 'corn_mp5'))]
  const choices = { column: COLUMN, group: null, minCount: null, unit: null, seed: 1, models: ['pls' as const], repeats: 1, priors: null, drop: [] }
  const recipe = { ...defaultRecipe(m5, choices), permutations: 0, cnn: null }
  const model = await loadBundle((await train({ dataset: m5, recipe, axis: null })).bundle)
  t.teardown(() => model.close())

  const isStandard = (_: unknown, n: number) => n % 5 === 2 && n < 75
  const standards: Dataset = { ...mp5, rows: mp5.rows.filter(isStandard) }
  const others: Dataset = { ...mp5, rows: mp5.rows.filter((row, n) => !isStandard(row, n)) }
  t.equal(standards.rows.length, 15)
  const common = { model, standards, master: m5, training: m5, column: null, group: null, instrument: null, seed: 1 }
  const made = await transfer({ ...common, method: null })
  for (const { method, score, refused } of made.figures) t.comment(`${method}: ${score?.toPrecision(3)}, refused ${refused}`)
  const score = (method: string) => made.figures.find((own) => own.method === method)?.score ?? Number.NaN
  for (const method of ['bias', 'slope-bias', 'pooled', 'pds']) t.ok(score(method) < score('none') / 3 && score(method) < score('alone'), method)

  const rmse = async (file: typeof made.file | null, of = model) => {
    const place = { sha256: of.bundle.sha256, task: 'value' as const, axis: mp5.axis, instrument: null }
    const { answers } = await answerSet(of, others, () => {}, file && useTransfer(file, place))
    return Math.sqrt(answers.reduce((sum, { value, row }) => sum + ((value ?? Number.NaN) - Number(row.labels[COLUMN])) ** 2 / answers.length, 0))
  }
  const picked = made.bundle ? await loadBundle(made.bundle) : model
  t.teardown(() => picked.close())
  const [before, after] = [await rmse(null), await rmse(made.file, picked)]
  t.ok(after <= 1.3 * OWN, `${before.toPrecision(3)} becomes ${after.toPrecision(3)} by ${made.file.standards.picked}`)
  t.equal(made.figures.find(({ method }) => method === 'bias')?.refused, 1, 'a corrected value does not make a spectrum known')
  t.match(made.figures.find(({ method }) => method === 'pds')?.refused, 0, 'transferred spectra are no strangers to the gate')
  t.ok(['pooled', 'pds'].includes(made.file.standards.picked), 'what is picked gets answers out of the agent, not only right numbers')
})
