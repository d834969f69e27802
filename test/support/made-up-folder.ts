import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Test } from 'tap'

/** A data set folder of absorbances by wavelength, one id and its values a row; null is a missing value. */
export const madeUpFolder = (
  t: Test,
  { axis, rows }: { axis: readonly number[]; rows: readonly (readonly [id: string, values: readonly (number | null)[]])[] },
): string => {
  const folder = t.testdir({})
  const meta = {
    name: 'made-up',
    axis_kind: 'wavelength-nm',
    quantity_kind: 'absorbance',
    geometry: 'transmittance',
    rows: rows.length,
    channels: axis.length,
    label_columns: [],
  }
  writeFileSync(join(folder, 'meta.json'), JSON.stringify(meta))
  const table = [['id', ...axis], ...rows.map(([id, values]) => [id, ...values.map((value) => value ?? '')])]
  writeFileSync(join(folder, 'spectra.csv.gz'), gzipSync(`${table.map((row) => row.join(',')).join('\n')}\n`))
  return folder
}
