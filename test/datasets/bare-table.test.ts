import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { parseBareTable } from '../../src/datasets/bare-table.js'
import { openDataset } from '../../src/datasets/open.js'
import { isFailure } from '../../src/failures.js'

const said = { axisKind: 'wavelength-nm', quantityKind: 'absorbance', geometry: 'transmittance' }
const table = 'id,label,dose_mg,1000,1002.5,1005\nA,x,1.5,0.1,0.2,0.3\nB,,,-1e-3,,.5\n'

/** A file in a folder of its own, with what may stand beside it. */
const written = (t: Test, content: string | Buffer, name = 'set.csv', beside?: object): string => {
  const folder = t.testdir({})
  writeFileSync(join(folder, name), content)
  if (beside !== undefined) writeFileSync(join(folder, 'set.meta.json'), JSON.stringify(beside))
  return join(folder, name)
}

/** Axis, label columns and rows, as plain values. */
const read = (text: string) => {
  const { axisValues, labelColumns, rows } = parseBareTable(text, 'set.csv')
  return { axis: axisValues, columns: labelColumns, rows: rows.map(({ id, labels, values }) => [id, Object.values(labels), [...values]]) }
}
const plain = {
  axis: [1000, 1002.5, 1005],
  columns: ['label', 'dose_mg'],
  rows: [
    ['A', ['x', '1.5'], [0.1, 0.2, 0.3]],
    ['B', ['', ''], [-0.001, Number.NaN, 0.5]],
  ],
}

t.test('a bare table becomes a set with what the caller says of it', async (t) => {
  const { name, meta, axis, rows, sha256 } = openDataset(written(t, table), said)
  t.equal(name, 'set')
  t.match(meta, { axis_kind: 'wavelength-nm', quantity_kind: 'absorbance', geometry: 'transmittance', rows: 2, channels: 3 })
  t.strictSame(meta.label_columns, ['label', 'dose_mg'])
  t.equal(axis.kind, 'wavelength')
  t.strictSame([...axis.values], plain.axis)
  t.strictSame(rows[0]?.labels, { label: 'x', dose_mg: '1.5' })
  t.match(sha256, /^[0-9a-f]{64}$/)
  const packed = openDataset(written(t, gzipSync(table), 'set.csv.gz'), said)
  t.strictSame([packed.name, packed.rows], [name, rows])
})

t.test('what the caller does not say may stand in NAME.meta.json beside it', async (t) => {
  const beside = { axis_kind: 'raman-shift-cm-1', quantity_kind: 'intensity', geometry: 'emission-or-scattering', citation: 'me' }
  const { meta, axis } = openDataset(written(t, table, 'set.csv', beside))
  t.equal(axis.kind, 'raman-shift')
  t.match(meta, beside)
})

t.test('the same table in the hands of spreadsheets: separators, decimal commas, quotes, blanks, line ends, byte order mark', async (t) => {
  const european = 'id;label;dose_mg;1000;1002,5;1005\nA;x;1,5;0,1;0,2;0,3\nB;;;-1e-3;;,5\n'
  const ways: Record<string, string> = {
    plain: table,
    'without a last line end': table.trimEnd(),
    'lines of Windows': table.replaceAll('\n', '\r\n'),
    'a byte order mark': `\uFEFF${table}`,
    'empty lines at the end': `${table}\n  \r\n`,
    tabs: table.replaceAll(',', '\t'),
    semicolons: table.replaceAll(',', ';'),
    'semicolons and decimal commas': european,
    'every cell quoted': table.replace(/[^,\n]+/g, '"$&"'),
    'every cell quoted, decimal commas': european.replace(/[^;\n]+/g, '"$&"'),
    'blanks around cells': table.replaceAll(',', ' , '),
    'blanks around quoted cells': table.replace('A,x,', ' "A" , "x" ,'),
    'ID in capitals': table.replace('id,', 'ID,'),
  }
  for (const [what, text] of Object.entries(ways)) t.strictSame(read(text), plain, what)
})

t.test('a quoted cell keeps separators, quotation marks, line breaks and blanks; the line numbers below stay right', async (t) => {
  const text = 'id,label,1000,1001\n"A, ""the first""\nof two"," x ",1,2\nB,y,oops,4\n'
  try {
    read(text)
    t.fail('it was taken')
  } catch (error) {
    t.match(error, { message: /line 4, column "1000": .*seen: "oops"/ })
  }
  t.strictSame(read(text.replace('oops', '3')).rows[0], ['A, "the first"\nof two', [' x '], [1, 2]])
})

t.test('a descending axis is turned round together with its values', async (t) => {
  t.strictSame(read('id,label,1005,1002.5,1000\nA,x,3,2,1\n'), {
    axis: [1000, 1002.5, 1005],
    columns: ['label'],
    rows: [['A', ['x'], [1, 2, 3]]],
  })
})

t.test('whole numbers with semicolons: a label like 12,5 is a number; beside numbers with points it is a word', async (t) => {
  t.strictSame(read('id;dose;1000;1001\nA;12,5;1;2\n').rows, [['A', ['12.5'], [1, 2]]])
  t.strictSame(read('id;dose;1000;1001\nA;12,5;1.5;2\n').rows, [['A', ['12,5'], [1.5, 2]]])
})

const bad: Record<string, { text: string; says: RegExp }> = {
  'no id': { text: 'name,label,1000,1001\nA,x,1,2\n', says: /line 1: .*no column "id" among "name", "label"; .*what to do: name the column/ },
  'no axis': { text: 'id,label,X1000,X1001\nA,x,1,2\n', says: /no number among "id", "label", "X1000", "X1001".*bare numbers/ },
  'a word behind the axis': { text: 'id,1000,10o1,1002\nA,1,2,3\n', says: /line 1, column 3: .*"10o1" behind an axis value/ },
  'a label twice': { text: 'id,a,a,1000,1001\nA,x,y,1,2\n', says: /column 3: .*"a" a second time/ },
  'a column without a name': { text: 'id,,1000,1001\nA,x,1,2\n', says: /column 2: .*without a name/ },
  'an axis in disorder': { text: 'id,1000,1002,1001\nA,1,2,3\n', says: /line 1, column 4: .*axis value 1001 after 1002.*all ascend, or all descend/ },
  'a descending axis in disorder': { text: 'id,1002,1000,1001\nA,1,2,3\n', says: /column 4: .*axis value 1001 after 1000/ },
  'an axis value twice': { text: 'id,1000,1000\nA,1,2\n', says: /axis value 1000 after 1000/ },
  'two decimal marks': {
    text: 'id;label;1000;1001\nA;x;0,1;2\nB;x;0.1;3\n',
    says: /line 3, column 3: .*seen: "0.1", and a number with "," in line 2, column 3/,
  },
  'points for thousands': { text: 'id;1000;1001\nA;1.234,5;2\n', says: /line 2, column "1000": .*"1.234,5"/ },
  'a decimal comma between commas': { text: 'id,1000,1001\nA,0,1,0,2\n', says: /line 2: .*5 cells separated by ","; allowed: 3/ },
  'a quoted decimal comma between commas': { text: 'id,1000,1001\nA,"0,1","0,2"\n', says: /line 2, column "1000": .*"0,1"/ },
  'the text NA': { text: 'id,1000,1001\nA,NA,1\n', says: /line 2, column "1000": .*"NA".*empty cell/ },
  'an id twice': { text: 'id,1000,1001\nA,1,2\nA,3,4\n', says: /line 3, column "id": .*"A" as in line 2/ },
  'an empty line inside': { text: 'id,1000,1001\nA,1,2\n\nB,1,2\n', says: /line 3: .*an empty line/ },
  'a quotation mark in a cell': { text: 'id,1000,1001\nA"1,1,2\n', says: /line 2, column 1: .*a quotation mark within a cell/ },
  'a quotation mark left open': { text: 'id,1000,1001\n"A,1,2\n', says: /line 2, column 1: .*never closed/ },
  'text behind a closing quotation mark': { text: 'id,1000,1001\n"A"b,1,2\n', says: /line 2, column 1: .*"b,1,2.*behind a closing/ },
  'a header alone': { text: 'id,1000,1001\n', says: /no spectra below the header/ },
  'an empty file': { text: '', says: /no spectra below the header/ },
}
for (const [what, { text, says }] of Object.entries(bad))
  t.test(`refused with file and place: ${what}`, async (t) => {
    try {
      read(text)
      t.fail('it was taken')
    } catch (error) {
      if (!isFailure(error, 'DATA_INVALID')) throw error
      t.match(error.message, says)
    }
  })

t.test('what nobody says is asked for by its flag, and what two say must agree', async (t) => {
  const file = written(t, table)
  for (const [missing, flag] of [
    ['axisKind', '--axis-kind'],
    ['quantityKind', '--quantity'],
    ['geometry', '--geometry'],
  ] as const)
    t.throws(() => openDataset(file, { ...said, [missing]: '' }), { code: 'DATA_INVALID', cure: new RegExp(`give ${flag} `) }, flag)
  t.throws(() => openDataset(file, { ...said, quantityKind: 'lumens' }), {
    code: 'USAGE',
    message: /--quantity: .*seen: lumens; allowed: .*absorbance/,
  })
  const beside = written(t, table, 'set.csv', { axis_kind: 'wavenumber-cm-1' })
  t.throws(() => openDataset(beside, said), {
    code: 'DATA_INVALID',
    message: /seen: axis_kind wavenumber-cm-1; allowed: wavelength-nm, as --axis-kind says/,
  })
  const wrong = written(t, table, 'set.csv', { quantity_kind: 'lumens' })
  t.throws(() => openDataset(wrong, said), { message: /set\.meta\.json, key "quantity_kind".*seen: "lumens"; allowed: counts, .*absorbance/ })
})

t.test('all that nobody says is asked for at once', async (t) => {
  t.throws(() => openDataset(written(t, table)), {
    code: 'DATA_INVALID',
    message: /axis_kind, quantity_kind, geometry; allowed: axis_kind: wavelength-nm.*give --axis-kind WORD --quantity WORD --geometry WORD/,
  })
})

t.test('tables by other ends of their names are tables too', async (t) => {
  for (const name of ['set.tsv', 'set.txt', 'SET.TSV'])
    t.match(openDataset(written(t, table.replaceAll(',', '\t'), name), said), { name: /^set$/i, rows: [{ id: 'A' }, { id: 'B' }] }, name)
})

t.test('letters in another encoding are refused by line, as they would make two labels one; so is a table that stands on its side', async (t) => {
  const text = 'id,label,1000,1001\nA,K\u00e4,1,2\nB,K\u00f6,2,3\n'
  t.strictSame(
    openDataset(written(t, text), said).rows.map(({ labels }) => labels['label']),
    ['K\u00e4', 'K\u00f6'],
  )
  const wanted = { code: 'DATA_INVALID', message: /, line 2: .*not in UTF-8.*what to do: save it again as "CSV UTF-8"/ }
  const latin = Buffer.from(text, 'latin1')
  t.throws(() => openDataset(written(t, latin), said), wanted)
  t.throws(() => openDataset(written(t, gzipSync(latin), 'set.csv.gz'), said), wanted)
  t.throws(() => openDataset(written(t, Buffer.from(text, 'utf16le')), said), { code: 'DATA_INVALID' })
  t.throws(() => openDataset(written(t, 'wavelength,A,B\n1000,1,2\n1001,2,3\n'), said), { message: /stand in columns: turn the table/ })
  t.throws(() => openDataset(written(t, 'name,1000,1001\n1,1,2\n2,2,3\n'), said), { message: /"id", or add one/ })
})

t.test('any words and numbers come back as they were written', async (t) => {
  const word = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'Z', '7', '"', ',', ';', '\n', ' ', 'é') })
  const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  fc.assert(
    fc.property(fc.array(fc.tuple(word, value, value), { minLength: 1, maxLength: 6 }), fc.constantFrom(',', ';', '\t'), (rows, separator) => {
      const lines = [['id', 'label', '1', '2'], ...rows.map(([label, a, b], i) => [`s${i}`, quoted(label), String(a), String(b)])]
      const back = read(lines.map((cells) => cells.join(separator)).join('\n')).rows
      const wanted = rows.map(([label, a, b], i) => [`s${i}`, [label], [a, b]])
      t.strictSame(back, wanted)
    }),
    { numRuns: 200, seed: 5 },
  )
})
