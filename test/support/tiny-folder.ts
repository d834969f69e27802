import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Manifest, ManifestDraft } from '../../src/models/manifest.js'
import type { Axis } from '../../src/spectrum/axis.js'
import { writeDataFolder } from './data-folder.js'
import { fixture, labels, tinyAxis, tinyBundle, transmittance } from './tiny-model.js'

/** Where a model of `tiny-model.ts` says that it learnt from the column "kind". */
export const provenance: NonNullable<Manifest['provenance']> = {
  ...{ data: 'made up', dataSha256: 'ab'.repeat(32), citation: 'this test', licence: 'none needed', target: 'kind' },
  ...{ classes: 'the words of the column "kind"', split: 'none', seed: 1, counts: 'none', figures: {} },
}

/** A new folder at each call, gone with the test: `t.testdir` gives the same one again, emptied. */
export const freshFolder = (t: Test): string => {
  const folder = mkdtempSync(join(tmpdir(), 'spectro2mqtt-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A bundle file of `tiny-model.ts`. */
export const tinyFile = async (t: Test, changes: Partial<ManifestDraft> = {}, graph = 'bumps'): Promise<string> => {
  const file = join(freshFolder(t), 'tiny.s2m')
  writeFileSync(file, await tinyBundle({ provenance, ...changes }, fixture(graph)))
  return file
}

interface TinyRow {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly values: readonly number[]
}

/** Absorbance of material 0, 1 or 2, or of something with bands at every second channel. */
export const absorbance = (material: number | 'foreign', seed = 1, axis: Axis = tinyAxis): number[] =>
  (material === 'foreign' ? Array.from(axis.values, (_, i) => (i % 2 === 0 ? 0.2 : 0.5)) : transmittance(material, 0.005, seed, axis)).map(
    (value) => -Math.log10(value),
  )

/** `count` spectra by turns of the three materials, with their label as "kind". */
export const threeMaterials = (count: number): TinyRow[] =>
  Array.from({ length: count }, (_, n) => ({ id: `s${n}`, labels: { kind: labels[n % 3] ?? '' }, values: absorbance(n % 3, n) }))

/** The rows as a data set folder of absorbances in transmittance; NaN is an empty cell. */
export const tinyFolder = (t: Test, rows: readonly TinyRow[], { axis = tinyAxis, columns = ['kind'], meta = {} } = {}): string => {
  return writeDataFolder(
    join(freshFolder(t), 'data'),
    {
      meta: {
        ...{ name: 'tiny', title: '', citation: '', licence: '', source: {}, axis_kind: 'wavelength-nm', quantity_kind: 'absorbance' },
        ...{ geometry: 'transmittance', rows: rows.length, channels: axis.values.length, label_columns: columns },
        ...meta,
      },
      axis,
      rows: rows.map((row) => ({ ...row, values: Float64Array.from(row.values) })),
    },
    (lines) => lines.map((line) => line.replaceAll('NaN', '')),
  )
}
