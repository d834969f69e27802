import t from 'tap'
import type { Dataset } from '../../src/datasets/folder.js'
import { makeAxis } from '../../src/spectrum/axis.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { augmented, mixed } from '../../src/training/augment.js'
import { defaultChains, MAX_POINTS } from '../../src/training/default-chains.js'
import { scaleOf } from '../../src/training/scale.js'
import { fits } from '../../src/training/search/chains.js'
import { MAX_GAP_CHANNELS, spectraOf } from '../../src/training/spectra.js'
import { madeUpTablets } from '../support/made-up-data.js'

const tablets = madeUpTablets()
const NAN = Number.NaN
const withRow = (changed: (values: Float64Array) => Float64Array, meta: Partial<Dataset['meta']> = {}): Dataset => ({
  ...tablets,
  meta: { ...tablets.meta, ...meta },
  rows: tablets.rows.slice(0, 4).map((row, n) => (n === 1 ? { ...row, values: changed(row.values) } : row)),
})
const blank = (from: number, to: number) => (values: Float64Array) => values.map((value, i) => (i >= from && i < to ? NAN : value))

t.test('a short gap is filled along the axis and told with its id; a long one stays', async (t) => {
  const short = withRow(blank(10, 10 + MAX_GAP_CHANNELS))
  const { values, findings } = spectraOf(short, short.rows, null)
  const absorbance = (values[1] ?? new Float64Array(0)).map((value) => -Math.log10(value))
  const own = tablets.rows[1]?.values ?? new Float64Array(0)
  const [left = 0, right = 0] = [own[9], own[10 + MAX_GAP_CHANNELS]]
  t.ok(Math.abs((absorbance[10] ?? 0) - (left + (right - left) / (MAX_GAP_CHANNELS + 1))) < 1e-9)
  t.strictSame([findings[0]?.code, findings[0]?.ids], ['gaps-filled', ['0-2']])
  const long = withRow(blank(10, 11 + MAX_GAP_CHANNELS))
  t.ok(Number.isNaN(spectraOf(long, long.rows, null).values[1]?.[12] ?? 0))
})

t.test('ends that a spectrum lacks are cut from all where that costs little, else the spectrum stays without', async (t) => {
  const little = withRow((values) => blank(38, 40)(blank(0, 2)(values)))
  const cut = spectraOf(little, little.rows, null)
  t.strictSame([cut.axis.values.length, cut.axis.values[0], cut.values[0]?.length], [36, 1020, 36])
  t.equal(cut.findings.at(-1)?.code, 'band-cut')
  const much = withRow(blank(0, 12))
  const whole = spectraOf(much, much.rows, null)
  t.equal(whole.axis.values.length, 40)
  t.ok(Number.isNaN(whole.values[1]?.[0] ?? 0))
})

t.test('absorbance becomes a ratio; what has no absolute meaning stays as it is and is counts', async (t) => {
  const ratio = spectraOf(tablets, tablets.rows, null)
  t.strictSame([ratio.quantity, ratio.geometry], ['transmittance', 'transmittance'])
  const raman = withRow((values) => values, { quantity_kind: 'intensity', geometry: 'emission-or-scattering' })
  const counts = spectraOf(raman, raman.rows, null)
  t.strictSame([counts.quantity, counts.geometry], ['counts-per-ms', 'emission-or-scattering'])
  t.strictSame(counts.values[0], tablets.rows[0]?.values)
})

t.test('the default chains fit axes of 8 to 4,000 channels, none of them beyond its bound', async (t) => {
  for (const count of [8, 40, 512, 4000]) {
    const axis = makeAxis(
      'wavelength',
      Float64Array.from({ length: count }, (_, i) => 900 + i * 0.37),
    )
    for (const quantity of ['reflectance', 'counts-per-ms'] as const) {
      const geometry = quantity === 'reflectance' ? quantity : 'emission-or-scattering'
      const plans = defaultChains(axis, { quantity, geometry }, { usual: 100, smallest: 1e-8 }, 'class')
      t.equal(new Set(plans.map(({ name }) => name)).size, plans.length)
      t.ok(
        plans.every((plan) => fits(plan, axis)),
        `${count} channels, ${quantity}`,
      )
      for (const { steps } of plans) {
        const grid = steps.find(({ op }) => op === 'resample')?.['grid']
        t.ok(Array.isArray(grid) && grid.length === Math.min(count, MAX_POINTS))
        t.equal(
          steps.some(({ op }) => op === 'absorbance'),
          quantity === 'reflectance',
        )
      }
    }
  }
})

t.test('augmentation of nothing changes nothing; each kind does what it says', async (t) => {
  const none = { offset: 0, slope: 0, gain: 0, noise: 0, shift: 0, mix: 0 }
  const line = Float64Array.from({ length: 21 }, (_, i) => 0.2 + i / 100)
  t.strictSame(augmented(none, line, true, seededRandom(1)), line)
  const level = (values: Float64Array) => values.reduce((sum, value) => sum + value / values.length, 0)
  const offset = augmented({ ...none, offset: 0.5 }, line, true, seededRandom(2))
  const factors = offset.map((value, i) => value / (line[i] ?? 1))
  t.ok(Math.abs(Math.max(...factors) / Math.min(...factors) - 1) < 1e-12, 'an offset in absorbance is one factor of the ratio')
  const counts = augmented({ ...none, offset: 0.5 }, line, false, seededRandom(2))
  t.ok(Math.abs((counts[0] ?? 0) - (line[0] ?? 0) - ((counts[20] ?? 0) - (line[20] ?? 0))) < 1e-12, 'of counts it is one number')
  t.ok(Math.abs((counts[0] ?? 0) - (line[0] ?? 0)) <= 0.5 * level(line))
  const shifted = augmented({ ...none, shift: 3 }, line, false, seededRandom(3))
  const moved = (shifted[10] ?? 0) - (line[10] ?? 0)
  t.ok(Math.abs(moved) > 0 && Math.abs(moved) <= 0.03, 'a line shifted by at most three channels')
  t.ok(Math.abs((shifted[11] ?? 0) - (line[11] ?? 0) - moved) < 1e-12, 'all channels alike')
  const between = mixed(Float64Array.of(0.1), Float64Array.of(0.001), 0.5, true)
  t.ok(Math.abs((between[0] ?? 0) - 0.01) < 1e-12, 'ratios mix in absorbance')
})

t.test('absorbance in units of its own is not cut off; ratios of an instrument are', async (t) => {
  const absorbances = (height: number) => Array.from({ length: 10 }, () => Float64Array.from({ length: 50 }, (_, i) => 10 ** -(height * (i / 49))))
  t.equal(scaleOf(absorbances(2)).smallest, 1e-8)
  const { smallest } = scaleOf(absorbances(50))
  t.ok(smallest > 1e-60 && smallest <= 1e-50, `${smallest}`)
  const holes = [...absorbances(2), new Float64Array(50).fill(NAN), new Float64Array(50)]
  t.equal(scaleOf(holes).smallest, 1e-8, 'gaps and dark channels do not count')
})
