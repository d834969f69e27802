import t from 'tap'
import type { Dataset } from '../../src/datasets/folder.js'
import { makeAxis } from '../../src/spectrum/axis.js'
import { defaultRecipe } from '../../src/training/default-recipe.js'

const COUNT = 40

/** What `train` would learn from one column of forty rows. */
const targetOf = (column: string, cell: (n: number) => string, unit: string | null = null) => {
  const rows = Array.from({ length: COUNT }, (_, n) => ({ id: `s${n}`, labels: { [column]: cell(n) }, values: new Float64Array(2) }))
  const dataset: Dataset = {
    name: 'made',
    meta: {
      ...{ name: 'made', title: '', citation: '', licence: '', source: {}, axis_kind: 'wavelength-nm', quantity_kind: 'absorbance' },
      ...{ geometry: 'unknown', rows: COUNT, channels: 2, label_columns: [column] },
    },
    axis: makeAxis('wavelength', [1000, 1001]),
    rows,
    sha256: '',
  }
  return defaultRecipe(dataset, { column, group: null, minCount: null, unit, seed: 1, models: null, repeats: null, priors: null, drop: [] }).target
}

t.test('words are classes, one word alone an identity, numbers that differ a value', async (t) => {
  t.match(
    targetOf('kind', (n) => (n % 2 ? 'a' : 'b')),
    { kind: 'labels', column: 'kind' },
  )
  t.match(
    targetOf('kind', (n) => (n === 3 ? 'unknown' : 'a')),
    { kind: 'identity', label: 'a' },
  )
  t.match(
    targetOf('dose', (n) => `${n / 7}`),
    { kind: 'value', unit: '' },
  )
})

t.test('few different numbers are names of classes, but with a unit, by word or by the name of the column, a value', async (t) => {
  const few = (n: number) => `${10 + (n % 4)}.5`
  t.match(targetOf('type', few), { kind: 'labels' })
  t.match(targetOf('fat_pct', few), { kind: 'value', unit: '%' })
  t.match(targetOf('type', few, 'mg/l'), { kind: 'value', unit: 'mg/l' })
  t.match(
    targetOf('fat_pct', () => '3'),
    { kind: 'identity' },
    'of one number there is nothing to learn',
  )
  t.match(
    targetOf('fat_pct', (n) => (n % 2 ? 'low' : 'high')),
    { kind: 'labels' },
    'words are none',
  )
})
