import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Dataset } from '../../src/datasets/folder.js'
import { drawPopulation, parsePopulation } from '../../src/datasets/population.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { PROJECT } from './command.js'

/** Writes a set as a folder (docs/data-folders.md); `changed` may spoil the lines of the table. */
export const writeDataFolder = (
  folder: string,
  { meta, axis, rows }: Pick<Dataset, 'meta' | 'axis' | 'rows'>,
  changed: (lines: string[]) => string[] = (lines) => lines,
): string => {
  const table = [
    ['id', ...meta.label_columns, ...axis.values].join(','),
    ...rows.map(({ id, labels, values }) => [id, ...meta.label_columns.map((name) => labels[name] ?? ''), ...values].join(',')),
  ]
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'meta.json'), JSON.stringify(meta))
  writeFileSync(join(folder, 'spectra.csv.gz'), gzipSync(`${changed(table).join('\n')}\n`))
  return folder
}

/** Assays this far from both limits (190 and 210 mg) are told apart whatever the noise; mg. */
const CLEAR_MG = 12
const LIMITS_MG = [190, 210] as const

/** Tablets that never were, drawn from the statistical model that ships with the bundle: under and over by turns, on its own axis. */
export const drawnTablets = (count: number): Pick<Dataset, 'meta' | 'axis' | 'rows'> => {
  const file = join(PROJECT, 'models/tablet-dose/population.json')
  const { model, axis } = parsePopulation(readFileSync(file, 'utf8'), file)
  const random = seededRandom(11)
  const [low, high] = LIMITS_MG
  const draw = (label: 'under' | 'over') => {
    for (;;) {
      const { assay, values } = drawPopulation(model, random)
      if (label === 'under' ? assay < low - CLEAR_MG : assay > high + CLEAR_MG) return { assay, values }
    }
  }
  const rows = Array.from({ length: count }, (_, n) => {
    const label = n % 2 === 0 ? 'under' : 'over'
    const { assay, values } = draw(label)
    return { id: `tablet-${n + 1}`, labels: { label, assay_mg: assay.toFixed(1) }, values }
  })
  const meta: Dataset['meta'] = {
    ...{ name: 'drawn-tablets', title: '', citation: '', licence: '', source: {} },
    ...{ axis_kind: 'wavelength-nm', quantity_kind: 'absorbance', geometry: 'transmittance' },
    ...{ rows: count, channels: axis.values.length, label_columns: ['label', 'assay_mg'] },
  }
  return { meta, axis, rows }
}
