import { join } from 'node:path'
import t from 'tap'
import { type Failure, isFailure } from '../../src/failures.js'
import { MAX_AXIS_BYTES, MAX_AXIS_VALUES, parseAxisFile, readAxisFile } from '../../src/instruments/axis-file.js'

const refused = (text: string): Failure => {
  try {
    parseAxisFile(text, 'axis.csv')
  } catch (error) {
    if (isFailure(error)) return error
    throw error
  }
  throw new Error('was taken')
}

t.test('values below a header, with provenance, in any line ending', async (t) => {
  const { axis, provenance } = parseAxisFile(
    '\uFEFF# Chromation sheet CH00012\r\nwavelength_nm\r\n500\r\n500.5\r\n# read 2026\r\n5.01e2\r\n',
    'axis.csv',
  )
  t.equal(axis.kind, 'wavelength')
  t.strictSame([...axis.values], [500, 500.5, 501])
  t.strictSame(provenance, ['Chromation sheet CH00012', 'read 2026'])
})

t.test('the header says what the values are', async (t) => {
  t.equal(parseAxisFile('wavenumber_cm-1\n1\n2', 'axis.csv').axis.kind, 'wavenumber')
  t.equal(parseAxisFile('raman-shift_cm-1\n-1\n2', 'axis.csv').axis.kind, 'raman-shift')
})

t.test('each mistake is told with file, line and what was seen', async (t) => {
  const table: readonly [string, Failure['code'], string, RegExp][] = [
    ['500\n501\n', 'DATA_INVALID', 'axis.csv:1', /header "500"/],
    ['nm\n500\n501\n', 'DATA_INVALID', 'axis.csv:1', /"nm"/],
    ['wavelength_nm\n500\n501,5\n', 'DATA_INVALID', 'axis.csv:3', /"501,5".*decimal point/],
    ['wavelength_nm\n500\n\n0x10\n', 'DATA_INVALID', 'axis.csv:4', /"0x10"/],
    ['wavelength_nm\n500\nNaN\n', 'DATA_INVALID', 'axis.csv:3', /"NaN"/],
    ['wavelength_nm\n500\n1e999\n', 'DATA_INVALID', 'axis.csv:3', /"1e999"/],
    ['wavelength_nm\n500\n', 'DATA_INVALID', 'axis.csv', /1 values/],
    ['', 'DATA_INVALID', 'axis.csv', /0 values/],
    ['wavelength_nm\n500\n# here\n500\n501\n', 'AXIS_INVALID', 'axis.csv:4', /500 then 500/],
    ['wavelength_nm\n500\n502\n501\n', 'AXIS_INVALID', 'axis.csv:4', /502 then 501.*each pixel once/],
  ]
  for (const [text, code, where, message] of table) {
    const failure = refused(text)
    t.equal(failure.code, code, text)
    t.equal(failure.where, where, text)
    t.match(failure.message, message)
  }
})

t.test('a descending file is refused with what to do, never turned round silently', async (t) => {
  const failure = refused('wavelength_nm\n502\n501\n500\n')
  t.equal(failure.code, 'AXIS_INVALID')
  t.equal(failure.where, 'axis.csv:3')
  t.match(failure.cure, /reverse its lines/)
})

t.test('a file is read to its limits and no further', async (t) => {
  const header = 'wavelength_nm\n'
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i).join('\n')
  const full = header + numbers(MAX_AXIS_VALUES)
  const folder = t.testdir({
    'full.csv': full,
    'over.csv': `${full}\n${MAX_AXIS_VALUES}`,
    'bytes.csv': `${header}1\n2`.padEnd(MAX_AXIS_BYTES, '\n'),
    'large.csv': `${header}1\n2`.padEnd(MAX_AXIS_BYTES + 1, '\n'),
  })
  t.equal((await readAxisFile(join(folder, 'full.csv'))).axis.values.length, MAX_AXIS_VALUES)
  t.equal((await readAxisFile(join(folder, 'bytes.csv'))).axis.values.length, 2)
  await t.rejects(readAxisFile(join(folder, 'over.csv')), { code: 'DATA_INVALID', where: /over\.csv:65538/ })
  await t.rejects(readAxisFile(join(folder, 'large.csv')), { code: 'DATA_INVALID', seen: /more than 1048576 bytes/ })
  await t.rejects(readAxisFile(join(folder, 'none.csv')), { code: 'DATA_INVALID', where: /none\.csv/ })
  await t.rejects(readAxisFile(folder), { code: 'DATA_INVALID', seen: /EISDIR/ })
})
