import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { openDataset } from '../../src/datasets/open.js'

const meta = {
  ...{ name: 'made-up', axis_kind: 'wavelength-nm', quantity_kind: 'absorbance', geometry: 'transmittance' },
  ...{ rows: 2, channels: 2, label_columns: ['label'] },
}
const table = 'id,label,1000,1002\nA,x,0.1,0.2\nB,,0.3,0.4\n'

t.test('a folder may hold its table plain, or packed in several parts', async (t) => {
  const plain = openDataset(t.testdir({ 'meta.json': JSON.stringify(meta), 'spectra.csv': table }))
  const half = table.indexOf('B,')
  const folder = t.testdir({ 'meta.json': JSON.stringify(meta) })
  writeFileSync(join(folder, 'spectra.csv.gz'), Buffer.concat([gzipSync(table.slice(0, half)), gzipSync(table.slice(half))]))
  t.strictSame(openDataset(folder).rows, plain.rows)
  t.strictSame(
    plain.rows.map(({ id }) => id),
    ['A', 'B'],
  )
})

t.test('two tables in one folder are refused: which one counts, nobody can know', async (t) => {
  const folder = t.testdir({ 'meta.json': JSON.stringify(meta), 'spectra.csv': table, 'spectra.csv.gz': gzipSync(table) })
  t.throws(() => openDataset(folder), { code: 'DATA_INVALID', message: /spectra\.csv\.gz and spectra\.csv; allowed: one of them/ })
})

t.test('what the caller says may not contradict meta.json', async (t) => {
  const folder = t.testdir({ 'meta.json': JSON.stringify(meta), 'spectra.csv': table })
  t.equal(openDataset(folder, { geometry: 'transmittance' }).rows.length, 2)
  t.throws(() => openDataset(folder, { geometry: 'reflectance' }), {
    code: 'DATA_INVALID',
    message: /meta\.json: .*seen: geometry transmittance; allowed: reflectance, as --geometry says/,
  })
})

t.test('what cannot be opened at all is named with everything that can', async (t) => {
  const folder = t.testdir({ 'a.xlsx': '', sub: {}, 'one.csv': table })
  for (const [path, seen] of [
    ['nowhere', /no such file or folder/],
    ['a.xlsx', /a file of another kind.*what to do: export it as CSV/],
    ['sub', /neither meta\.json nor JCAMP-DX files/],
    ['', /neither meta\.json.*what to do: name a single table by its file/],
  ] as const)
    t.throws(() => openDataset(join(folder, path)), { code: 'DATA_INVALID', message: seen, allowed: /data set folder.*\.csv.*\.jdx/ }, path)
})
