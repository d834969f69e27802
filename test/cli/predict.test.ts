import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lateProgress } from '../../src/cli/late-progress.js'
import { makeAxis } from '../../src/spectrum/axis.js'
import { inside } from '../support/command-line.js'
import { manualClock } from '../support/manual-clock.js'
import { absorbance, threeMaterials, tinyFile, tinyFolder } from '../support/tiny-folder.js'
import { identityChanges, tinyAxis, valueChanges } from '../support/tiny-model.js'

const header = 'id,verdict,reason,top,label,confidence,set,value,low,high,flags'

t.test('one line a spectrum in the order of the data: label only where accepted, the forced answer always', async (t) => {
  const rows = [
    { id: 'plain', labels: {}, values: absorbance(0, 1) },
    { id: 'a "quoted", name', labels: {}, values: absorbance('foreign') },
    { id: 'gone', labels: {}, values: absorbance(0, 2).map((v, i) => (i > 1 && i < 9 ? Number.NaN : v)) },
  ]
  // In a folder file the cells are plain: a quoted id comes in a bare table.
  const folder = t.testdir({
    'scans.csv': [
      `id,${tinyAxis.values.join(',')}`,
      ...rows.map(({ id, values }) => [`"${id.replaceAll('"', '""')}"`, ...values.map((v) => (Number.isNaN(v) ? '' : v))].join(',')),
    ].join('\n'),
  })
  const out = join(folder, 'answers.csv')
  const said = ['--axis-kind', 'wavelength-nm', '--quantity', 'absorbance', '--geometry', 'transmittance']
  const outcome = await inside(t, 'predict', '--model', await tinyFile(t), '--data', join(folder, 'scans.csv'), ...said, '--out', out)
  t.match(outcome, { exit: 0, out: '', err: '' })
  const [first, plain = '', foreign = '', gone, end] = readFileSync(out, 'utf8').split('\n')
  t.equal(first, header)
  t.match(plain, /^plain,accepted,,early,early,0\.9\d+,early,,,,$/)
  t.match(foreign, /^"a ""quoted"", name",unknown,foreign,(early|middle|late),,0\.\d+,[a-z|]+,,,,$/)
  t.equal(gone, 'gone,rejected,masked,,,,,,,,masked')
  t.equal(end, '')
})

t.test('where several labels stand they are joined, and none is said', async (t) => {
  const model = await tinyFile(t, { limits: { confidence: 0.9999 } })
  const { out } = await inside(t, 'predict', '--model', model, '--data', tinyFolder(t, threeMaterials(1)), '--out', '-')
  t.match(out, /\ns0,unknown,ambiguous,early,,0\.9\d+,early\|(middle|late)(\|(middle|late))?,,,,\n$/)
})

t.test('a value has its number as top and value whatever the verdict, and its interval where there is one', async (t) => {
  const model = await tinyFile(t, { ...valueChanges, limits: { interval: [190, 202] } }, 'moment')
  const rows = [...threeMaterials(3), { id: 'foreign', labels: { kind: '' }, values: absorbance('foreign') }]
  const { out } = await inside(t, 'predict', '--model', model, '--data', tinyFolder(t, rows), '--out', '-')
  const lines = out
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
  const [id, verdict, reason, top, label, confidence, set, value, low, high, flags] = lines[0] ?? []
  t.strictSame([id, verdict, reason, label, confidence, set, flags], ['s0', 'accepted', '', '', '', '', ''])
  t.equal(top, value)
  t.ok(Math.abs(Number(value) - Number(low) - 4) < 1e-4 && Math.abs(Number(high) - Number(value) - 4) < 1e-4, 'half the width is the highest score')
  t.match(lines[1], ['s1', 'unknown', 'ambiguous'])
  t.ok(Number(lines[1]?.[7]) > 0)
  t.match(lines[3], ['foreign', 'unknown', 'foreign', /^-?\d/, '', '', '', /^-?\d/, '', ''])
})

t.test('an identity answers with its one label, and no confidence', async (t) => {
  const model = await tinyFile(t, identityChanges, 'constant')
  const { out } = await inside(t, 'predict', '--model', model, '--data', tinyFolder(t, threeMaterials(1)), '--out', '-')
  t.equal(out, `${header}\ns0,accepted,,tiny,tiny,,tiny,,,,\n`)
})

t.test('spectra that do not fit the model are rejected line by line, with exit 0 and the reason on standard error', async (t) => {
  const axis = makeAxis('wavelength', tinyAxis.values.subarray(4))
  const rows = threeMaterials(2).map((row) => ({ ...row, values: row.values.slice(4) }))
  const outcome = await inside(t, 'predict', '--model', await tinyFile(t), '--data', tinyFolder(t, rows, { axis }), '--out', '-')
  t.equal(outcome.exit, 0)
  t.equal(outcome.out, `${header}\ns0,rejected,axis-mismatch,,,,,,,,axis-mismatch\ns1,rejected,axis-mismatch,,,,,,,,axis-mismatch\n`)
  t.match(outcome.err, /every spectrum is rejected \(axis-mismatch\)/)
})

t.test('short gaps are filled as for a training, and told', async (t) => {
  const rows = threeMaterials(1).map((row) => ({ ...row, values: row.values.map((v, i) => (i === 5 ? Number.NaN : v)) }))
  const outcome = await inside(t, 'predict', '--model', await tinyFile(t), '--data', tinyFolder(t, rows), '--out', '-')
  t.match(outcome.out, /\ns0,accepted,,early,/)
  t.match(outcome.err, /1 missing value was filled .*\(s0\)/)
})

t.test('a table that cannot be written ends with 74', async (t) => {
  const data = tinyFolder(t, threeMaterials(1))
  const outcome = await inside(t, 'predict', '--model', await tinyFile(t), '--data', data, '--out', join(data, 'no', 'x.csv'))
  t.match(outcome, { exit: 74, err: /--out .*ENOENT/ })
})

t.test('progress is silent for a second, then told once a second', async (t) => {
  const err = t.capture(process.stderr, 'write', () => true)
  const clock = manualClock()
  const tell = lateProgress('answered', clock)
  tell(0.1)
  await clock.advance(999)
  tell(0.2)
  await clock.advance(1)
  tell(0.3)
  tell(0.4)
  await clock.advance(1000)
  tell(0.5)
  err.restore()
  t.strictSame(
    err().map(({ args }) => args[0]),
    ['answered 30 %\n', 'answered 50 %\n'],
  )
})
