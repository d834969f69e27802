import t from 'tap'
import { MAX_FINDING_IDS } from '../../src/datasets/audit/finding.js'
import { auditLabels } from '../../src/datasets/audit.js'
import type { Dataset } from '../../src/datasets/folder.js'
import { makeAxis } from '../../src/spectrum/axis.js'

interface MadeRow {
  readonly label: string
  readonly group?: string
  readonly values?: readonly number[]
}

/** A set with columns `label` and `group`; without values of its own each row has other ones on every channel. */
const made = (rows: readonly MadeRow[], quantity: Dataset['meta']['quantity_kind'] = 'absorbance'): Dataset => ({
  name: 'made',
  meta: {
    ...{ name: 'made', title: '', citation: '', licence: '', source: {}, axis_kind: 'wavelength-nm', quantity_kind: quantity },
    ...{ geometry: 'unknown', rows: rows.length, channels: 5, label_columns: ['label', 'group'] },
  },
  axis: makeAxis('wavelength', [1000, 1001, 1002, 1003, 1004]),
  rows: rows.map(({ label, group = '', values }, n) => ({
    id: `s${n + 1}`,
    labels: { label, group },
    values: Float64Array.from(values ?? [0, 1, 2, 3, 4].map((i) => Math.sin(n * 5 + i))),
  })),
  sha256: '',
})
const good: readonly MadeRow[] = [
  { label: 'a', group: '1' },
  { label: 'a', group: '2' },
  { label: 'b', group: '3' },
  { label: 'b', group: '4' },
]
const found = (dataset: Dataset, options = {}) => auditLabels(dataset, 'label', 'group', options).warnings

t.test('a set with nothing wrong has no findings', async (t) => {
  t.strictSame(found(made(good)), [])
  t.strictSame(auditLabels(made(good), 'label', null).warnings, [])
  t.strictSame(auditLabels(made(good), null, null, { task: 'identity' }).warnings, [])
})

const refused: Record<string, { rows: readonly MadeRow[]; says: RegExp; column?: string; group?: string | null; minCount?: number }> = {
  'a column that is not there': { rows: good, column: 'kind', says: /made: .*no column "kind"; allowed: label, group/ },
  'a group column that is not there': { rows: good, group: 'object', says: /no column "object"; allowed: label, group/ },
  'labels that differ in case': {
    rows: [...good, { label: 'A' }],
    says: /column "label": .*seen: .*"a" \(2 rows\) and "A" \(1 row\); .*what to do: write each of them one way/,
  },
  'labels that differ in blanks': {
    rows: [...good, { label: ' a' }, { label: 'a  ' }],
    says: /"a" \(2 rows\) and " a" \(1 row\) and "a {2}" \(1 row\)/,
  },
  'a class with one object': {
    rows: [...good, { label: 'c', group: '5' }, { label: 'c', group: '5' }],
    says: /classes with one object: "c" \(2 spectra\); .*--min-count 3/,
  },
  'a class with one spectrum, without groups': { rows: [...good, { label: 'c' }], group: null, says: /"c" \(1 spectrum\); .*--min-count 2/ },
  'a group that equals the label': {
    rows: good.map(({ label }) => ({ label, group: `${label}1` })),
    says: /each group has one label and each label one group: "a" is "a1", "b" is "b1"; .*no split is possible/,
  },
}
for (const [what, { rows, says, column = 'label', group = 'group', minCount = 1 }] of Object.entries(refused))
  t.test(`refused with what to do: ${what}`, async (t) => {
    t.throws(() => auditLabels(made(rows), column, group, { minCount }), { code: 'DATA_INVALID', message: says })
  })

t.test('what is left out anyway is not refused: rare classes, unknown rows; blank groups are objects of their own', async (t) => {
  const rare = [...good, { label: 'c', group: '5' }]
  t.strictSame(found(made(rare), { minCount: 2 }), [])
  t.match(found(made([...good, { label: 'Unknown' }, { label: 'unknown' }])), [{ code: 'label-unknown', count: 2 }])
  t.strictSame(found(made(good.map(({ label }) => ({ label, group: '' })))), [])
})

t.test('numbers are no classes: one object each, and spellings, are as it should be', async (t) => {
  const rows = good.map(({ group = '' }, i) => ({ label: String(i), group }))
  t.strictSame(found(made(rows), { task: 'value' }), [])
})

t.test('rows without a label are named, those labelled unknown apart', async (t) => {
  const warnings = found(made([...good, { label: '' }, { label: ' ' }, { label: ' UNKNOWN ' }]))
  t.strictSame(
    warnings.map(({ code, ids, count }) => [code, ids, count]),
    [
      ['label-unknown', ['s7'], 1],
      ['label-missing', ['s5', 's6'], 2],
    ],
  )
})

t.test('groups that differ only in case or blanks are named', async (t) => {
  const [warning] = found(made([...good, { label: 'a', group: 'x1' }, { label: 'a', group: 'X1' }]))
  t.match(warning, { code: 'group-spelling', ids: ['s5', 's6'], text: /"x1" \(1 row\) and "X1" \(1 row\)/ })
})

t.test('missing values are counted by row and channel', async (t) => {
  const { NaN: nan } = Number
  const rows = good.map((row, n) => (n > 1 ? row : { ...row, values: n === 0 ? [1, nan, nan, 4, 5] : [nan, nan, nan, nan, nan] }))
  t.match(found(made(rows)), [
    {
      code: 'missing-values',
      ids: ['s1', 's2'],
      count: 2,
      text: '7 values are missing: in 2 of 4 spectra, on 5 of 5 channels (1000 to 1004 nm); 1 spectra hold no value at all',
    },
  ])
})

t.test('channels without variance are named as ranges', async (t) => {
  const rows = good.map((row, n) => ({ ...row, values: [7, 7, n, 0, n * n] }))
  t.match(found(made(rows)), [{ code: 'constant-channels', text: /^3 channels .*: 1000 to 1001, 1003 nm;/, ids: [], count: 0 }])
})

t.test('copies are named; with different labels as a contradiction', async (t) => {
  const values = [1, 2, 3, 4, 5]
  const copies = good.map((row, n) => (n < 2 ? { ...row, values } : row))
  t.match(found(made(copies)), [{ code: 'duplicate-spectra', ids: ['s1', 's2'], text: /"s1" = "s2"/ }])
  const torn = good.map((row, n) => (n === 1 || n === 2 ? { ...row, values } : row))
  t.match(found(made(torn)), [{ code: 'contradicting-copies', ids: ['s2', 's3'], text: /"s2" \(a\) = "s3" \(b\)/ }])
  const half = [...copies, { label: '', values }, { label: 'unknown', values }]
  t.match(
    found(made(half)).map(({ code }) => code),
    ['label-unknown', 'label-missing', 'duplicate-spectra'],
    'who has no label contradicts nobody',
  )
})

t.test('saturated spectra are named where numbers are counts', async (t) => {
  const rows = good.map((row, n) => ({ ...row, values: [n, 65_535 - (n === 3 ? 1 : 0), 3 + n, 2 * n, 5 - n] }))
  t.match(found(made(rows, 'counts')), [{ code: 'saturated', ids: ['s1', 's2', 's3'], text: /ceiling of 65535/ }])
  t.strictSame(found(made(rows, 'absorbance')), [])
  t.strictSame(found(made(rows, 'intensity')), [], 'scaled to one height, each has one such value')
  const flat = good.map((row, n) => ({ ...row, values: n === 0 ? [1, 9, 9, 9, 2] : [1 + n, n, 3 * n, 8, n * n] }))
  t.match(found(made(flat, 'intensity')), [{ code: 'saturated', ids: ['s1'] }])
  const once = good.map((row, n) => ({ ...row, values: [n, 100 + n, 3 + n, 2 * n, 5 - n] }))
  t.strictSame(found(made(once, 'counts')), [], 'the highest value of a set is not a ceiling by itself')
})

t.test('a top that is cut off is named in a ratio too, one that rounding made flat or that is low is not', async (t) => {
  const one = (values: readonly number[]) => good.map((row, n) => (n === 0 ? { ...row, values } : row))
  t.match(found(made(one([0.6, 0.6, 0.6, 0.305, 0.3]))), [{ code: 'saturated', ids: ['s1'], text: /too little light left/ }])
  t.match(found(made(one([0.3, 0.31, 0.6, 0.6, 0.6]), 'reflectance')), [{ code: 'saturated', ids: ['s1'], text: /detector was full/ }])
  t.strictSame(found(made(one([0.598, 0.6, 0.6, 0.6, 0.599]))), [], 'a smooth top of rounded values')
  t.strictSame(found(made(one([0.3, 0.305, 0.6, 0.6, 0.5]))), [], 'two channels')
  t.strictSame(found(made(one([0.6, 0.6, 0.6, 0.305, 0.3]), 'scaled')), [], 'of numbers nobody knows')
})

t.test('numbers that do not look like their quantity are named: all of a set, or another export among the rest', async (t) => {
  const times = (factor: number, count: number) =>
    good.map((row, n) => ({ ...row, values: [0.3, 0.31, 0.35, 0.32, 0.3].map((value) => (value + n / 50) * (n < count ? factor : 1)) }))
  t.match(found(made(times(100, 1), 'reflectance')), [
    { code: 'quantity-doubtful', ids: ['s1'], text: /^1 of 4 .*above 2, as in percent.*in one quantity$/ },
  ])
  t.match(found(made(times(100, 4), 'reflectance')), [{ code: 'quantity-doubtful', count: 4, text: /quantity_kind of meta.json/ }])
  t.match(found(made(times(-1, 4), 'transmittance')), [{ code: 'quantity-doubtful', count: 4, text: /below 0, as in logarithms/ }])
  t.match(found(made(times(1, 4), 'reflectance-percent')), [{ code: 'quantity-doubtful', count: 4, text: /below 1, as in a share of 1/ }])
  t.match(found(made(times(30, 2), 'absorbance')), [{ code: 'quantity-doubtful', ids: ['s1', 's2'], text: /above 6/ }])
  for (const quantity of ['absorbance', 'reflectance', 'scaled'] as const) t.strictSame(found(made(times(1, 0), quantity)), [], quantity)
  t.strictSame(found(made(times(300, 4), 'reflectance-percent')), [], 'brighter than the reference, as next to a lamp')
})

t.test('a finding names no more ids than a person reads, and counts them all', async (t) => {
  const rows = Array.from({ length: 50 }, (_, n) => ({ label: n < 4 ? (good[n]?.label ?? '') : '' }))
  const [warning] = auditLabels(made(rows), 'label', null).warnings
  t.match(warning, { code: 'label-missing', count: 46 })
  t.equal(warning?.ids.length, MAX_FINDING_IDS)
})
