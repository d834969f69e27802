import t from 'tap'
import type { Dataset } from '../../src/datasets/folder.js'
import { brightestOf, converterOf, onAxis, toRatio } from '../../src/datasets/ratio.js'
import { isFailure } from '../../src/failures.js'
import { makeAxis } from '../../src/spectrum/axis.js'

const close = (got: ArrayLike<number>, want: readonly number[]) =>
  got.length === want.length && want.every((value, i) => Object.is(got[i], value) || Math.abs((got[i] ?? Number.NaN) - value) < 1e-12)

t.test('each kind of number becomes a ratio', async (t) => {
  t.ok(close(toRatio('absorbance', Float64Array.of(0, 1, 2.3, Number.NaN), 9), [1, 0.1, 10 ** -2.3, Number.NaN]))
  t.ok(close(toRatio('reflectance-percent', Float64Array.of(100, 50), 9), [1, 0.5]))
  t.ok(close(toRatio('reflectance', Float64Array.of(0.25), 9), [0.25]))
  t.ok(close(toRatio('transmittance', Float64Array.of(0.25), 9), [0.25]))
  for (const kind of ['counts', 'counts-no-reference', 'intensity', 'scaled'] as const)
    t.ok(close(toRatio(kind, Float64Array.of(2000, 500), 2000), [0.8, 0.2]), kind)
})

const dataset = (rows: readonly Float64Array[], quantityKind: 'scaled' | 'absorbance' = 'scaled'): Dataset => ({
  name: 'made-up',
  meta: {
    name: 'made-up',
    title: '',
    citation: '',
    licence: '',
    source: {},
    axis_kind: 'wavelength-nm',
    quantity_kind: quantityKind,
    geometry: 'reflectance',
    rows: rows.length,
    channels: 3,
    label_columns: [],
  },
  axis: makeAxis('wavelength', [1, 2, 3]),
  rows: rows.map((values, i) => ({ id: `${i}`, labels: {}, values })),
  sha256: '0'.repeat(64),
})

t.test('the brightest value of a set leaves spikes and missing values out', async (t) => {
  const rows = Array.from({ length: 1000 }, (_, i) => Float64Array.of(i, i, i))
  rows.push(Float64Array.of(1e9, Number.NaN, Number.NaN))
  t.equal(brightestOf(dataset(rows)), 999)
  t.equal(converterOf(dataset(rows))(Float64Array.of(999))[0], 0.8)
})

t.test('a set without any light is refused by name', async (t) => {
  t.throws(() => brightestOf(dataset([new Float64Array(3)])), { code: 'DATA_INVALID', where: 'made-up' })
})

t.test('absorbance of zero or below is no obstacle: a bare white has it', async (t) => {
  t.ok(close(converterOf(dataset([new Float64Array(3)], 'absorbance'))(new Float64Array(3)), [1, 1, 1]))
})

t.test('on another axis a ratio is linear in absorbance, NaN outside and beside NaN', async (t) => {
  const axis = makeAxis('wavelength', [100, 200, 300, 400])
  const ratio = Float64Array.of(1, 0.01, 0.01, Number.NaN)
  const got = onAxis(axis, ratio, makeAxis('wavelength', [99, 100, 150, 200, 300, 301, 401]))
  t.ok(close(got, [Number.NaN, 1, 0.1, 0.01, 0.01, Number.NaN, Number.NaN]), [...got].join(' '))
})

t.test('where a ratio is not positive it is linear itself', async (t) => {
  const got = onAxis(makeAxis('wavelength', [0, 1]), Float64Array.of(-0.2, 0.4), makeAxis('wavelength', [0.5, 1]))
  t.ok(close(got, [0.1, 0.4]))
})

t.test('nm are not turned into cm-1', async (t) => {
  try {
    onAxis(makeAxis('wavelength', [1, 2]), Float64Array.of(1, 1), makeAxis('wavenumber', [1, 2]))
    t.fail('it was taken')
  } catch (error) {
    t.ok(isFailure(error, 'DATA_INVALID'))
  }
})
