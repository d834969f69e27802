import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDataset } from '../../../src/datasets/open.js'

/** One block; `changed` records replace, null leaves one out. Three points, 1000 to 1004 nm. */
const block = (title: string, changed: Readonly<Record<string, string | null>> = {}, table = '1000 100 200 300'): string => {
  const records: Record<string, string | null> = {
    'JCAMP-DX': '4.24 $$ made for a test',
    'DATA TYPE': 'INFRARED SPECTRUM',
    ORIGIN: 'nobody',
    OWNER: 'nobody',
    XUNITS: 'NANOMETERS',
    YUNITS: 'ABSORBANCE',
    FIRSTX: '1000',
    LASTX: '1004',
    DELTAX: '2',
    XFACTOR: '1',
    YFACTOR: '0.001',
    NPOINTS: '3',
    FIRSTY: '0.1',
    ...changed,
  }
  if (records['XYDATA'] === undefined) records['XYDATA'] = '(X++(Y..Y))'
  const lines = Object.entries(records).flatMap(([name, value]) => (value === null ? [] : [`##${name}= ${value}`]))
  return [
    `##TITLE= ${title}`,
    ...lines.filter((line) => !/^##(XY|PEAK)/.test(line)),
    ...lines.filter((line) => /^##(XY|PEAK)/.test(line)),
    table,
    '##END=',
    '',
  ].join('\n')
}

const folder = (t: Test, files: Readonly<Record<string, string | Buffer>>): string => {
  const made = t.testdir({})
  for (const [name, content] of Object.entries(files)) writeFileSync(join(made, name), content)
  return made
}
const open = (t: Test, content: string | Buffer, said = {}) => openDataset(join(folder(t, { 'one.jdx': content }), 'one.jdx'), said)

t.test('a file becomes a set: title, labels, axis and quantity', async (t) => {
  const { name, meta, axis, rows, sha256 } = open(t, block('tablet 1', { $LABEL: 'aspirin', '$Sample Group': 'batch 7', $NOTE: 'one\ntwo' }))
  t.equal(name, 'one')
  t.match(meta, { axis_kind: 'wavelength-nm', quantity_kind: 'absorbance', geometry: 'unknown', rows: 1, channels: 3 })
  t.strictSame(meta.label_columns, ['label', 'sample_group'], 'records of several lines are no labels')
  t.strictSame([...axis.values], [1000, 1002, 1004])
  t.strictSame(
    rows.map(({ id, labels, values }) => [id, labels, [...values]]),
    [['tablet 1', { label: 'aspirin', sample_group: 'batch 7' }, [0.1, 0.2, 0.3]]],
  )
  t.match(sha256, /^[0-9a-f]{64}$/)
})

t.test('several blocks, within a LINK block or one after the other, and the files of a folder, are one set', async (t) => {
  const inner = block('a', { $LABEL: 'x' }) + block('b', { $GROUP: 'g' })
  const linked = `##TITLE= two of them\n##JCAMP-DX= 4.24\n##DATA TYPE= LINK\n##BLOCKS= 3\n${inner}##END=\n`
  const wanted = [
    ['a', { label: 'x', group: '' }],
    ['b', { label: '', group: 'g' }],
  ]
  const seen = (rows: ReturnType<typeof open>['rows']) => rows.map(({ id, labels }) => [id, labels])
  t.strictSame(seen(open(t, linked).rows), wanted)
  t.strictSame(seen(open(t, inner).rows), wanted)
  const two = folder(t, { 'b.DX': block('b', { $GROUP: 'g' }), 'a.jdx': block('a', { $LABEL: 'x' }), 'readme.txt': 'not looked at' })
  const set = openDataset(two)
  t.strictSame(seen(set.rows), wanted, 'in the order of the names')
  t.match(set.sha256, /^[0-9a-f]{64}$/)
})

t.test('lines of Windows, Latin-1 comments, lower-case labels and descending data are taken', async (t) => {
  const down = block('a', { FIRSTX: '1004', LASTX: '1000', DELTAX: '-2' }, '1004 100 200\n1000 300')
  for (const text of [down, down.replaceAll('\n', '\r\n'), down.replace('##DATA TYPE', '##data-type')]) {
    const { axis, rows } = open(t, Buffer.from(text.replace('made for', 'measured at 20 \u00B0C for'), 'latin1'))
    t.strictSame(
      [[...axis.values], [...(rows[0]?.values ?? [])]],
      [
        [1000, 1002, 1004],
        [0.3, 0.2, 0.1],
      ],
    )
  }
})

t.test('XYPOINTS need no even steps', async (t) => {
  const { axis, rows } = open(t, block('a', { XYDATA: null, LASTX: '1007', DELTAX: null, XYPOINTS: '(XY..XY)' }, '1000, 100; 1001.5, ?\n1007 300'))
  t.strictSame(
    [[...axis.values], [...(rows[0]?.values ?? [])]],
    [
      [1000, 1001.5, 1007],
      [0.1, Number.NaN, 0.3],
    ],
  )
})

t.test('units say what the numbers are', async (t) => {
  const raman = { 'DATA TYPE': 'RAMAN SPECTRUM' }
  const cases: [Record<string, string>, readonly [string, string, string, number]][] = [
    [{ XUNITS: 'nm', YUNITS: '% TRANSMITTANCE' }, ['wavelength-nm', 'transmittance', 'transmittance', 0.001]],
    [{ XUNITS: '1/CM', YUNITS: 'TRANSMITTANCE' }, ['wavenumber-cm-1', 'transmittance', 'transmittance', 0.1]],
    [{ XUNITS: 'cm-1', YUNITS: 'REFLECTANCE' }, ['wavenumber-cm-1', 'reflectance', 'reflectance', 0.1]],
    [{ YUNITS: 'PERCENT REFLECTANCE' }, ['wavelength-nm', 'reflectance', 'reflectance', 0.001]],
    [{ YUNITS: 'LOG(1/R)' }, ['wavelength-nm', 'absorbance', 'reflectance', 0.1]],
    [{ YUNITS: 'arbitrary units' }, ['wavelength-nm', 'scaled', 'unknown', 0.1]],
    [{ ...raman, XUNITS: '1/CM', YUNITS: 'ARBITRARY UNITS' }, ['raman-shift-cm-1', 'intensity', 'emission-or-scattering', 0.1]],
    [{ XUNITS: 'Raman shift (cm-1)', ...raman, YUNITS: 'COUNTS' }, ['raman-shift-cm-1', 'intensity', 'emission-or-scattering', 0.1]],
  ]
  for (const [records, [axis, quantity, geometry, first]] of cases) {
    const { meta, rows } = open(t, block('a', records))
    t.strictSame([meta.axis_kind, meta.quantity_kind, meta.geometry], [axis, quantity, geometry], JSON.stringify(records))
    t.ok(Math.abs((rows[0]?.values[0] ?? 0) - first) < 1e-12)
  }
  const micro = open(t, block('a', { XUNITS: 'MICROMETERS', FIRSTX: '1', LASTX: '1.004', DELTAX: '0.002' }, '1.000 100 200 300'))
  t.ok(micro.axis.values.every((value, i) => Math.abs(value - (1000 + 2 * i)) < 1e-9))
  t.equal(open(t, block('a'), { geometry: 'reflectance' }).meta.geometry, 'reflectance', 'what absorbance does not tell the caller may')
})

const bad: Record<string, { text: string; says: RegExp; said?: object }> = {
  'no JCAMP-DX at all': { text: 'id,label,1000\n', says: /line 1: .*"id,label,1000"; allowed: .*##TITLE= first/ },
  'an empty file': { text: '', says: /an empty file/ },
  'a record before the title': { text: `##OWNER= me\n${block('a')}`, says: /line 1: .*##OWNER=/ },
  'a file cut off': { text: block('a').replace('##END=\n', ''), says: /block of line 1: .*the end of the file.*##END=/ },
  'a record twice': { text: block('a').replace('##OWNER= nobody', '##FIRSTX= 5'), says: /line 8: .*##FIRSTX= as in line 5/ },
  'Kubelka-Munk': { text: block('a', { YUNITS: 'KUBELKA-MUNK' }), says: /##YUNITS=: .*seen: KUBELKA-MUNK; .*what to do: export reflectance/ },
  'no unit of the ordinate': { text: block('a', { YUNITS: null }), says: /##YUNITS=: .*seen: nothing; allowed: ABSORBANCE/ },
  'a unit that is no axis': { text: block('a', { XUNITS: 'SECONDS' }), says: /##XUNITS=: .*seen: SECONDS; allowed: 1\/CM/ },
  'another science': { text: block('a', { 'DATA TYPE': 'NMR SPECTRUM' }), says: /##DATA TYPE=: .*seen: NMR SPECTRUM/ },
  'a peak table': { text: block('a', { XYDATA: null, 'PEAK TABLE': '(XY..XY)' }), says: /seen: ##PEAK TABLE=; allowed: ##XYDATA=/ },
  'another kind of table': { text: block('a', { XYDATA: '(XYZ)' }), says: /##XYDATA=: .*seen: \(XYZ\)/ },
  'too few points': { text: block('a', {}, '1000 100 200'), says: /##XYDATA=: .*seen: 2 points; allowed: 3, as NPOINTS says/ },
  'an abscissa that does not fit': {
    text: block('a', { NPOINTS: '9', LASTX: '1016' }, '1000 100 2 3\n1008 4 5 6 7 8 9'),
    says: /line 17: .*abscissa 1008; allowed: 1006, the 4th point/,
  },
  'a step that does not fit': { text: block('a', { DELTAX: '1' }), says: /##DELTAX=: .*seen: 1; allowed: 2, as FIRSTX/ },
  'a wrong YFACTOR': { text: block('a', { YFACTOR: '0.01' }), says: /##FIRSTY=: .*seen: 0\.1; allowed: 1,.*YFACTOR/ },
  'no NPOINTS': { text: block('a', { NPOINTS: null }), says: /no ##NPOINTS=/ },
  'a number that is none': { text: block('a', { LASTX: 'far' }), says: /##LASTX=: .*"far"; allowed: a number/ },
  'a ratio in percent': {
    text: block('a', { YUNITS: 'TRANSMITTANCE', YFACTOR: '1', FIRSTY: '100' }),
    says: /a median of 200.*write "% TRANSMITTANCE"/,
  },
  'pairs with one left over': {
    text: block('a', { XYDATA: null, XYPOINTS: '(XY..XY)' }, '1000 1 1002 2 1004'),
    says: /##XYPOINTS=: .*3 abscissas, 2 ordinates/,
  },
  'a title twice': { text: block('a') + block('a'), says: /##TITLE= "a" as in .*one\.jdx, block of line 1.*##\$OBJECT=/ },
  'no title': { text: block(''), says: /an empty ##TITLE=/ },
  'a label that is called id': { text: block('a', { $ID: '7' }), says: /##\$ID=; allowed: .*##TITLE=/ },
  'only a LINK block': { text: '##TITLE= a\n##DATA TYPE= LINK\n##END=\n', says: /no spectrum/ },
  'a flag that contradicts': {
    text: block('a'),
    said: { quantityKind: 'reflectance' },
    says: /quantity_kind absorbance; allowed: reflectance, as --quantity/,
  },
}
for (const [what, { text, says, said }] of Object.entries(bad))
  t.test(`refused with file and place: ${what}`, async (t) => {
    t.throws(() => open(t, text, said), { code: 'DATA_INVALID', message: says })
  })

t.test('mixed axes and mixed quantities are refused with both files; axes within 1e-6 are the same', async (t) => {
  const mixed = (changed: Record<string, string>, table?: string) =>
    openDataset(folder(t, { 'a.jdx': block('a'), 'b.jdx': block('b', changed, table) }))
  t.throws(() => mixed({ LASTX: '1006', DELTAX: '3' }), { message: /b\.jdx, .*mixed axes: 3 points, 1000 to 1006, 1003 as point 2.*as in .*a\.jdx/ })
  t.throws(() => mixed({ NPOINTS: '2', DELTAX: '4' }, '1000 100 200'), { message: /b\.jdx.*mixed axes: 2 points.*allowed: 3 points.*a\.jdx/ })
  t.throws(() => mixed({ XUNITS: '1/CM' }), { message: /b\.jdx.*mixed axes: wavenumber-cm-1.*wavelength-nm as in .*a\.jdx/ })
  t.throws(() => mixed({ YUNITS: 'REFLECTANCE' }), { message: /b\.jdx.*mixed quantities: reflectance.*absorbance as in .*a\.jdx/ })
  t.equal(mixed({ FIRSTX: '1000.0005', LASTX: '1004.0005' }).rows.length, 2)
})
