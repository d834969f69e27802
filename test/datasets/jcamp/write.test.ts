import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { jcampOf } from '../../../src/datasets/jcamp/write.js'
import { openDataset } from '../../../src/datasets/open.js'
import { makeAxis, pixelAxis } from '../../../src/spectrum/axis.js'

const readBack = (t: Test, text: string) => {
  const file = join(t.testdir({}), 'one.jdx')
  writeFileSync(file, text)
  return openDataset(file)
}

t.test('an evenly spaced spectrum is written as (X++(Y..Y)) in lines of 80 characters, and read again', async (t) => {
  const axis = makeAxis(
    'wavenumber',
    Float64Array.from({ length: 40 }, (_, i) => 400 + 0.1 * i),
  )
  const values = Float64Array.from(axis.values, (x, i) => (i === 7 ? Number.NaN : Math.sin(x) * 1e-9))
  const text = jcampOf({
    title: 'tablet 1',
    axis,
    values,
    quantity: 'absorbance',
    labels: { label: 'aspirin' },
    origin: 'a test',
    measured: '2026-11-24T23:19:32.123Z',
  })
  t.match(text, /^##TITLE= tablet 1\n##JCAMP-DX= 4\.24\n##DATA TYPE= INFRARED SPECTRUM\n/)
  t.match(text, /##LONG DATE= 2026\/11\/24 23:19:32\.123 \+0000\n/)
  t.match(text, /##XYDATA= \(X\+\+\(Y\.\.Y\)\)\n400 /)
  t.ok(text.split('\n').every((line) => line.length <= 80))
  const { rows, meta, axis: read } = readBack(t, text)
  t.strictSame(rows[0]?.id, 'tablet 1')
  t.strictSame(rows[0]?.labels, { label: 'aspirin' })
  t.strictSame(rows[0]?.values, values, 'all digits, and the invalid one')
  t.equal(meta.quantity_kind, 'absorbance')
  t.ok(read.values.every((value, i) => Math.abs(value - (axis.values[i] ?? 0)) < 1e-9))
})

t.test('an axis with uneven steps is written as pairs', async (t) => {
  const axis = makeAxis('wavelength', [340.25, 341, 343.5])
  const text = jcampOf({ title: 'a', axis, values: [0.5, Number.NaN, 1e-7], quantity: 'transmittance' })
  t.match(text, /##DATA TYPE= UV\/VIS SPECTRUM/)
  t.match(text, /##XYPOINTS= \(XY\.\.XY\)\n340\.25, 0\.5\n341, \?\n343\.5, 1E-7\n##END=/)
  const { rows, axis: read } = readBack(t, text)
  t.strictSame([read.id, rows[0]?.values], [axis.id, Float64Array.of(0.5, Number.NaN, 1e-7)])
})

t.test('what the format cannot hold is refused', async (t) => {
  const axis = makeAxis('wavelength', [1, 2])
  const values = [1, 2]
  t.throws(() => jcampOf({ title: 'a', axis: pixelAxis(2), values, quantity: 'reflectance' }), { code: 'DATA_INVALID', message: /an axis of pixels/ })
  for (const title of ['', 'a\nb', ' a', 'a$$b'])
    t.throws(() => jcampOf({ title, axis, values, quantity: 'reflectance' }), { code: 'DATA_INVALID', message: /the title/ }, JSON.stringify(title))
  for (const name of ['id', 'a b', 'A', ''])
    t.throws(
      () => jcampOf({ title: 'a', axis, values, quantity: 'reflectance', labels: { [name]: 'x' } }),
      { message: /a label for a JCAMP-DX/ },
      name,
    )
})

t.test('any spectrum comes back as it was written', async (t) => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -2, max: 2 }),
    fc.constantFrom(Number.NaN, 0, 1e-12, -1e-12, 1.5, 123456),
    fc.integer({ min: -9_999_999, max: 9_999_999 }),
  )
  const spectrum = fc.record({
    values: fc.array(value, { minLength: 2, maxLength: 40 }),
    first: fc.integer({ min: 1, max: 5000 }),
    step: fc.constantFrom(0.1, 0.5, 1, 1.9285, 4),
    uneven: fc.boolean(),
    quantity: fc.constantFrom('absorbance' as const, 'intensity' as const, 'scaled' as const),
    title: fc.stringMatching(/^[A-Za-z0-9äß#;,.]([A-Za-z0-9 äß#;,.]{0,20}[A-Za-z0-9])?$/),
  })
  fc.assert(
    fc.property(spectrum, ({ values, first, step, uneven, quantity, title }) => {
      const axis = makeAxis(
        'raman-shift',
        Float64Array.from(values, (_, i) => first + i * step + (uneven && i % 3 === 1 ? 0.3 * step : 0)),
      )
      const file = join(folder, 'any.jdx')
      writeFileSync(file, jcampOf({ title, axis, values, quantity }))
      const { rows, axis: read } = openDataset(file)
      t.equal(rows[0]?.id, title)
      t.strictSame(rows[0]?.values, Float64Array.from(values))
      t.ok(read.values.every((x, i) => Math.abs(x - (axis.values[i] ?? 0)) <= 1e-6 * step))
    }),
    { numRuns: 150, seed: 3 },
  )
})
const folder = t.testdir({})
