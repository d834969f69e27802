import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { type Measured, openRecording } from '../../src/datasets/append.js'
import { openDataset } from '../../src/datasets/open.js'
import { makeAxis, pixelAxis } from '../../src/spectrum/axis.js'

const axis = makeAxis('wavelength', [1000, 1000.1 + 0.2, 1002])
const measured: Measured = { axis, quantityKind: 'transmittance', geometry: 'transmittance', device: 'spectro-1' }
const columns = ['label', 'object']
const row = (id: string, label = 'a') => ({ id, labels: { label, object: '' }, values: [0.1, Number.NaN, 1 / 3] })
const ids = (folder: string) => openDataset(folder).rows.map(({ id }) => id)
/** A folder with the row s1 in it. */
const begun = (t: Test): string => {
  const folder = join(t.testdir({}), 'a', 'set')
  openRecording(folder, columns).add(row('s1'), measured)
  return folder
}

t.test('the first row makes the folder, later ones join it, today or tomorrow', async (t) => {
  const folder = begun(t)
  const recording = openRecording(folder, ['ignored'])
  t.strictSame([recording.columns, recording.rows, recording.has('s1'), recording.has('s2')], [columns, 1, true, false])
  recording.add(row('s2', 'b'), measured)
  recording.add(row('s3'), measured)
  t.equal(recording.rows, 3)
  const { meta, rows, axis: read } = openDataset(folder)
  t.equal(read.id, axis.id, 'the axis to the last digit')
  t.match(meta, { name: 'set', quantity_kind: 'transmittance', geometry: 'transmittance', rows: 3, channels: 3, label_columns: columns })
  t.match(meta, { device: 'spectro-1', axis_unit: 'nm', axis_min: 1000, axis_max: 1002, missing_values: 3 })
  t.strictSame(
    rows.map(({ id, labels, values }) => [id, labels['label'], [...values]]),
    [
      ['s1', 'a', [0.1, Number.NaN, 0.333333333]],
      ['s2', 'b', [0.1, Number.NaN, 0.333333333]],
      ['s3', 'a', [0.1, Number.NaN, 0.333333333]],
    ],
  )
  t.strictSame(readdirSync(folder).sort(), ['meta.json', 'spectra.csv.gz'], 'nothing else is left behind')
})

t.test('keys for people stay, and counts among them are kept right', async (t) => {
  const folder = begun(t)
  const file = join(folder, 'meta.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), warnings: 'mind the step', classes: { a: 1 } }))
  const recording = openRecording(folder, columns)
  recording.add(row('s2', 'b'), measured)
  recording.add(row('s3', 'a'), measured)
  t.match(openDataset(folder).meta, { warnings: 'mind the step', classes: { a: 2, b: 1 }, missing_values: 3, rows: 3 })
})

t.test('wherever the power goes, the folder can be read with all rows that were recorded, and takes more', async (t) => {
  const states: Record<string, { leave: (folder: string, next: { table: Buffer; meta: Buffer }) => void; holds: string[] }> = {
    'the table half written beside': { leave: (f, { table }) => writeFileSync(join(f, 'spectra.csv.gz.new'), table.subarray(0, 30)), holds: ['s1'] },
    'meta.json half written beside': {
      leave: (f, { table, meta }) => {
        writeFileSync(join(f, 'spectra.csv.gz.new'), table)
        writeFileSync(join(f, 'meta.json.new'), meta.subarray(0, 30))
      },
      holds: ['s1'],
    },
    'both beside': {
      leave: (f, { table, meta }) => {
        writeFileSync(join(f, 'spectra.csv.gz.new'), table)
        writeFileSync(join(f, 'meta.json.new'), meta)
      },
      holds: ['s1'],
    },
    'the table in place, meta.json beside': {
      leave: (f, { table, meta }) => {
        writeFileSync(join(f, 'spectra.csv.gz'), table)
        writeFileSync(join(f, 'meta.json.new'), meta)
      },
      holds: ['s1', 's2'],
    },
  }
  for (const [what, { leave, holds }] of Object.entries(states)) {
    const folder = begun(t)
    const before = { table: readFileSync(join(folder, 'spectra.csv.gz')), meta: readFileSync(join(folder, 'meta.json')) }
    openRecording(folder, columns).add(row('s2'), measured)
    const next = { table: readFileSync(join(folder, 'spectra.csv.gz')), meta: readFileSync(join(folder, 'meta.json')) }
    writeFileSync(join(folder, 'spectra.csv.gz'), before.table)
    writeFileSync(join(folder, 'meta.json'), before.meta)
    leave(folder, next)
    t.strictSame(ids(folder), holds, what)
    openRecording(folder, columns).add(row('s9'), measured)
    t.strictSame(ids(folder), [...holds, 's9'], `${what}: and one more`)
    t.strictSame(readdirSync(folder).sort(), ['meta.json', 'spectra.csv.gz'])
    rmSync(folder, { recursive: true })
  }
  const folder = begun(t)
  renameSync(join(folder, 'meta.json'), join(folder, 'meta.json.new'))
  t.strictSame(ids(folder), ['s1'], 'the very first row')
  openRecording(folder, columns).add(row('s2'), measured)
  t.strictSame(ids(folder), ['s1', 's2'])
})

t.test('a table that was made by hand is gone on with: plain or packed, with or without a last line end', async (t) => {
  for (const [name, pack] of [
    ['spectra.csv', (text: string) => Buffer.from(text)],
    ['spectra.csv.gz', (text: string) => gzipSync(text)],
  ] as const)
    for (const end of ['', '\n']) {
      const folder = begun(t)
      const text = gunzipSync(readFileSync(join(folder, 'spectra.csv.gz'))).toString()
      rmSync(join(folder, 'spectra.csv.gz'))
      writeFileSync(join(folder, name), pack(text.trimEnd() + end))
      openRecording(folder, columns).add(row('s2'), measured)
      t.strictSame(ids(folder), ['s1', 's2'], `${name}, ${JSON.stringify(end)}`)
      t.strictSame(readdirSync(folder).sort(), ['meta.json', name])
      rmSync(folder, { recursive: true })
    }
})

t.test('what does not fit the set is refused, and the set stays as it is', async (t) => {
  const folder = begun(t)
  const recording = openRecording(folder, columns)
  const other = makeAxis('wavelength', [1000, 1001, 1002])
  const cases: [string, ReturnType<typeof row> | object, Measured, RegExp][] = [
    ['axis', row('s2'), { ...measured, axis: other }, /another axis: 3 channels, 1000 to 1002 nm; allowed: .*begin another folder/],
    ['kind of axis', row('s2'), { ...measured, axis: makeAxis('wavenumber', [...axis.values]) }, /another axis: .*cm-1/],
    ['quantity', row('s2'), { ...measured, quantityKind: 'reflectance' }, /reflectance, geometry transmittance; allowed: transmittance/],
    ['an id twice', row('s1'), measured, /id "s1"; allowed: an id of its own/],
    ['too few values', { ...row('s2'), values: [1, 2] }, measured, /2 values; allowed: 3/],
    ['a column too many', { ...row('s2'), labels: { label: 'a', batch: '7' } }, measured, /no column "batch"; allowed: label, object/],
    ['a comma', row('s2', 'a,b'), measured, /label "a,b"; allowed: text without commas/],
    ['a line break', row('s2', 'a\nb'), measured, /label "a\\nb"/],
  ]
  for (const [what, wrong, how, message] of cases)
    t.throws(() => recording.add({ ...row('s2'), ...wrong }, how), { code: 'DATA_INVALID', message }, what)
  t.strictSame(ids(folder), ['s1'])
  recording.add(row('s2'), {
    ...measured,
    axis: makeAxis(
      'wavelength',
      axis.values.map((value) => value * (1 + 1e-8)),
    ),
  })
  t.strictSame(ids(folder), ['s1', 's2'], 'an axis that differs in the last digits is the same')
  const pixels = openRecording(join(t.testdir({}), 'new'), columns)
  t.throws(() => pixels.add(row('s1'), { ...measured, axis: pixelAxis(3) }), {
    code: 'DATA_INVALID',
    message: /without wavelength calibration.*axis: FILE/,
  })
})

t.test('another program that writes meanwhile is noticed', async (t) => {
  const folder = begun(t)
  const [one, two] = [openRecording(folder, columns), openRecording(folder, columns)]
  one.add(row('s2'), measured)
  t.throws(() => two.add(row('s3'), measured), { code: 'DATA_INVALID', message: /another program has changed/ })
  t.strictSame(ids(folder), ['s1', 's2'])
})

t.test('a folder that cannot be made or read is named', async (t) => {
  const folder = t.testdir({ file: '', broken: { 'spectra.csv.gz': 'not gzip' } })
  t.throws(() => openRecording(join(folder, 'file', 'set'), columns).add(row('s1'), measured), { code: 'FILE_FAILED', message: /file\/set/ })
  t.throws(() => openRecording(join(folder, 'broken'), columns), { code: 'DATA_INVALID', message: /broken\/meta\.json: .*no such file/ })
})
