import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { readDataset } from '../../src/datasets/folder.js'
import { isFailure } from '../../src/failures.js'

const meta = {
  name: 'made-up',
  axis_kind: 'wavelength-nm',
  quantity_kind: 'absorbance',
  geometry: 'transmittance',
  rows: 2,
  channels: 3,
  label_columns: ['label', 'dose_mg'],
}
const table = 'id,label,dose_mg,1000,1002.5,1005\nA,x,1.5,0.1,0.2,0.3\nB,,,-1e-3,,.5\n'

/** A folder on disk; `null` leaves a file out. */
const folder = (t: Test, csv: string | Buffer | null, metadata: unknown = meta): string => {
  const directory = t.testdir({})
  if (metadata !== null) writeFileSync(join(directory, 'meta.json'), typeof metadata === 'string' ? metadata : JSON.stringify(metadata))
  if (csv !== null) writeFileSync(join(directory, 'spectra.csv.gz'), typeof csv === 'string' ? gzipSync(csv) : csv)
  return directory
}

t.test('a folder becomes spectra, labels and an axis; an empty axis cell is NaN', async (t) => {
  const { name, axis, rows, sha256 } = readDataset(folder(t, table))
  t.equal(name, 'made-up')
  t.equal(axis.kind, 'wavelength')
  t.strictSame([...axis.values], [1000, 1002.5, 1005])
  t.strictSame(
    rows.map((row) => [row.id, row.labels, [...row.values]]),
    [
      ['A', { label: 'x', dose_mg: '1.5' }, [0.1, 0.2, 0.3]],
      ['B', { label: '', dose_mg: '' }, [-0.001, Number.NaN, 0.5]],
    ],
  )
  t.match(sha256, /^[0-9a-f]{64}$/)
})

t.test('line ends of Windows and other keys in meta.json are taken', async (t) => {
  const { rows } = readDataset(folder(t, table.replaceAll('\n', '\r\n'), { ...meta, title: 'a title', anything: { else: 1 } }))
  t.equal(rows.length, 2)
  t.strictSame(rows[0]?.values.at(-1), 0.3)
})

const line = (text: string) => table.replace('A,x,1.5,0.1,0.2,0.3', text)
const bad: Record<string, { csv?: string | Buffer | null; meta?: unknown; says: RegExp }> = {
  'no meta.json': { meta: null, says: /meta\.json: .*no such file/ },
  'meta.json that is not JSON': { meta: '{name:', says: /meta\.json: .*not JSON/ },
  'an unknown quantity': {
    meta: { ...meta, quantity_kind: 'lumens' },
    says: /meta\.json, key "quantity_kind".*seen: "lumens"; allowed: .*absorbance/,
  },
  'a quantity left out': {
    meta: { ...meta, quantity_kind: undefined },
    says: /key "quantity_kind".*seen: no such key; allowed: counts, .*absorbance/,
  },
  'rows that are text': { meta: { ...meta, rows: 'two' }, says: /key "rows".*seen: "two"; allowed: as docs/ },
  'no table': { csv: null, says: /spectra\.csv\.gz: .*no such file/ },
  'a table that is not gzip': { csv: Buffer.from(table), says: /spectra\.csv\.gz: .*not gzip.*what to do: gzip/ },
  'a table cut off in the middle': { csv: gzipSync(table).subarray(0, 40), says: /spectra\.csv\.gz: .*unexpected end of file/ },
  'an empty table': { csv: '', says: /line 1, column 1: .*allowed: "id"/ },
  'a header alone': { csv: table.slice(0, table.indexOf('\n') + 1), says: /no spectra below the header/ },
  'a missing label column': {
    csv: table.replace('dose_mg,', ''),
    says: /line 1, column 3: .*seen: "1000".*"dose_mg": the table begins with id,label,dose_mg/,
  },
  'a column that is no number': { csv: table.replace('1005', 'area'), says: /line 1, column 6: .*seen: "area"/ },
  'an axis that descends': { csv: table.replace('1002.5', '999'), says: /line 1, column 5: .*seen: axis value 999 after 1000.*ascending/ },
  'an axis value twice': { csv: table.replace('1002.5', '1000'), says: /axis value 1000 after 1000/ },
  'the text NaN': { csv: line('A,x,1.5,0.1,NaN,0.3'), says: /line 2, column "1002.5": .*seen: "NaN".*empty cell/ },
  'a number too large': { csv: line('A,x,1.5,0.1,1e999,0.3'), says: /line 2, column "1002.5": .*"1e999"/ },
  'a hexadecimal number': { csv: line('A,x,1.5,0x10,0.2,0.3'), says: /line 2, column "1000": .*"0x10"/ },
  'a row with a cell too few': { csv: line('A,x,1.5,0.1,0.2'), says: /line 2: .*seen: 5 cells; allowed: 6/ },
  'a quotation mark': { csv: line('A,"x",1.5,0.1,0.2,0.3'), says: /line 2: .*quotation mark/ },
  'an id twice': { csv: table.replace('\nB,', '\nA,'), says: /line 3, column "id": .*"A" as in line 2/ },
  'an empty id': { csv: line(',x,1.5,0.1,0.2,0.3'), says: /line 2, column "id": .*an empty id/ },
  'a table that lost rows': { meta: { ...meta, rows: 3 }, says: /seen: 2 spectra; allowed: 3, as "rows"/ },
  'a table that lost columns': { meta: { ...meta, channels: 4 }, says: /seen: 3 axis columns; allowed: 4, as "channels"/ },
}

for (const [what, { csv = table, meta: metadata = meta, says }] of Object.entries(bad))
  t.test(`refused with file and place: ${what}`, async (t) => {
    try {
      readDataset(folder(t, csv, metadata))
      t.fail('it was taken')
    } catch (error) {
      if (!isFailure(error, 'DATA_INVALID')) throw error
      t.match(error.message, says)
    }
  })
