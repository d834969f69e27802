import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readDataset } from '../../../src/datasets/folder.js'
import { unusedGroups } from '../../../src/training/decision/unused-groups.js'
import { defaultRecipe } from '../../../src/training/default-recipe.js'
import { examplesOf } from '../../../src/training/examples.js'

const data = process.env['SPECTRO2MQTT_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))

/** Of measured sets: what is learnt, and the columns that hold their objects, batches or days; none where each spectrum is of an object of its own. */
const sets: readonly (readonly [name: string, target: string, columns: readonly string[]])[] = [
  ['cheese_scio', 'label', ['sample']],
  ['cheese_scio', 'temperature_c', ['sample']],
  ['meat_ftir', 'label', ['sample']],
  ['plastics_avantes', 'label', ['object']],
  ['plastics_plastell', 'label', ['object']],
  ['tablets_nir', 'label', []],
  ['tablets_idrc2002_i1', 'assay_mg', []],
  ['strawberry_ftir', 'label', []],
  ['corn_m5', 'protein_pct', []],
  ['sugarcane_scio', 'sugar_pct', []],
]

for (const [name, target, columns] of sets) {
  const skip = existsSync(join(data, name, 'meta.json'))
    ? false
    : `measured spectra are not in this repository: set SPECTRO2MQTT_DATA to a folder that holds the data set ${name}`
  t.test(`${name}, ${target}: groups to suggest: ${columns.join(', ') || 'none'}`, { skip }, async (t) => {
    const dataset = readDataset(join(data, name))
    const recipe = defaultRecipe(dataset, {
      ...{ column: target, group: null, minCount: null, unit: null, seed: 1, models: null, repeats: null, priors: null, drop: [] },
    })
    const { rows, task, truth, values } = examplesOf(dataset, recipe)
    const others = dataset.meta.label_columns.filter((column) => column !== target)
    const cells = (column: string) => rows.map(({ labels }) => (labels[column] ?? '').trim())
    t.strictSame(unusedGroups({ task, truth, values, columns: Object.fromEntries(others.map((column) => [column, cells(column)])) }), columns)
  })
}
