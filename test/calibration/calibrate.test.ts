import t, { type Test } from 'tap'
import { type Calibrated, createCalibration, MIN_WHITE_COUNTS } from '../../src/calibration/calibrate.js'
import type { DetectorFacts } from '../../src/calibration/light.js'
import { makeAxis } from '../../src/spectrum/axis.js'
import type { Measurement } from '../../src/spectrum/measurement.js'
import { acquisition, reference } from '../support/references.js'

const axis = makeAxis('wavelength', [500, 510, 520, 530])
const policy = { darkMaxAgeS: 3600, whiteMaxAgeS: 3600, maxTemperatureChangeC: 3 }
const now = { monotonicMs: 1000, wallMs: Date.parse('2026-06-01T12:00:00Z'), boot: 'b1', clockTrusted: true }
const identity: DetectorFacts = { fullScale: 65_535, darkPixels: [], linearity: null }
const nan = Number.NaN

const measured = (counts: number[], changes: Partial<Measurement> = {}): Measurement => ({
  instrument: 'test-1',
  seq: 1,
  time: '2026-06-01T12:00:00.000Z',
  endMs: 1000,
  axis,
  counts: Float64Array.from(counts),
  saturated: new Uint8Array(4),
  acquisition: acquisition(),
  flags: [],
  ...changes,
})
const dark = (counts: number[], changes = {}) => reference('dark', { axis: axis.id, counts: Float64Array.from(counts), ...changes })
const white = (counts: number[], own: number[], changes = {}) =>
  reference('white', { axis: axis.id, counts: Float64Array.from(counts), dark: { id: 'own', counts: Float64Array.from(own) }, ...changes })
const calibrated = (
  m: Measurement,
  references: ReturnType<typeof dark>[],
  facts = identity,
  quantity: Calibrated['quantity'] = 'transmittance',
): Calibrated => createCalibration({ identity: facts, policy, quantity }).calibrate(m, references, now)
const near = (t: Test, got: Float64Array, want: number[], message?: string) =>
  t.ok(
    got.length === want.length && got.every((value, i) => (Number.isNaN(value) ? Number.isNaN(want[i]) : Math.abs(value - (want[i] ?? nan)) < 1e-12)),
    `${message ?? ''} got ${[...got]}, want ${want}`,
  )

t.test('the ratio is the light of the sample over the light of the white', async (t) => {
  const got = calibrated(measured([1100, 2100, 5100, 10_100]), [
    dark([100, 100, 100, 100]),
    white([10_100, 10_100, 10_100, 10_100], [100, 100, 100, 100]),
  ])
  near(t, got.ratio, [0.1, 0.2, 0.5, 1])
  t.strictSame(got.references, { dark: 'dark', white: 'white' })
  t.strictSame([got.flags, got.quantity], [[], 'transmittance'])
})

t.test('a white at another exposure counts per time, against its own dark, and through a filter times the attenuation', async (t) => {
  const sample = measured([1100, 1100, 1100, 1100])
  const half = white([5200, 5200, 5200, 5200], [200, 200, 200, 200], { integrationUs: 50_000 })
  near(t, calibrated(sample, [dark([100, 100, 100, 100]), half]).ratio, [0.1, 0.1, 0.1, 0.1])
  const filtered = white([10_100, 10_100, 10_100, 10_100], [100, 100, 100, 100], { density: 2 })
  near(t, calibrated(sample, [dark([100, 100, 100, 100]), filtered]).ratio, [0.001, 0.001, 0.001, 0.001])
})

t.test('a pixel at full scale is masked, judged on raw counts, and one count below is not', async (t) => {
  const references = [dark([0, 0, 0, 0]), white([10_000, 10_000, 10_000, 65_535], [0, 0, 0, 0])]
  near(t, calibrated(measured([65_535, 65_534, 1000, 1000]), references).ratio, [nan, 6.5534, 0.1, nan], 'the white of the last pixel is saturated')
  const marked = measured([1000, 1000, 1000, 1000], { saturated: Uint8Array.of(0, 1, 0, 0) })
  near(t, calibrated(marked, references).ratio, [0.1, nan, 0.1, nan], 'one of the averaged frames was saturated')
})

t.test('a pixel whose white is not bright enough is masked, at the limit it is not', async (t) => {
  const references = [dark([0, 0, 0, 0]), white([MIN_WHITE_COUNTS, MIN_WHITE_COUNTS - 1, 0, -10], [0, 0, 0, 0])]
  near(t, calibrated(measured([5, 5, 5, 5]), references).ratio, [0.1, nan, nan, nan])
})

t.test('without dark or white there is no ratio at all, and the flag says why', async (t) => {
  const sample = measured([1100, 1100, 1100, 1100], { flags: ['uncalibrated'] })
  const none = calibrated(sample, [])
  near(t, none.ratio, [nan, nan, nan, nan])
  t.strictSame([none.flags, none.references], [['uncalibrated', 'dark-missing', 'white-missing'], { dark: null, white: null }])
  const noWhite = calibrated(sample, [dark([0, 0, 0, 0])])
  near(t, noWhite.ratio, [nan, nan, nan, nan])
  t.strictSame([noWhite.flags, noWhite.references], [['uncalibrated', 'white-missing'], { dark: 'dark', white: null }])
  const noDark = calibrated(sample, [white([9000, 9000, 9000, 9000], [0, 0, 0, 0])])
  near(t, noDark.ratio, [nan, nan, nan, nan])
  t.strictSame(noDark.flags, ['uncalibrated', 'dark-missing'])
})

t.test('an expired reference still gives a ratio, with its flag: the policy decides later', async (t) => {
  const got = calibrated(measured([600, 600, 600, 600]), [
    dark([100, 100, 100, 100], { endMs: -3_600_000 }),
    white([1100, 1100, 1100, 1100], [100, 100, 100, 100], { endMs: -3_599_000 }),
  ])
  near(t, got.ratio, [0.5, 0.5, 0.5, 0.5])
  t.strictSame(got.flags, ['dark-expired'])
})

t.test('counts per millisecond need a dark and no white', async (t) => {
  const got = calibrated(measured([1100, 600, 100, 50]), [dark([100, 100, 100, 100])], identity, 'counts-per-ms')
  near(t, got.ratio, [10, 5, 0, -0.5])
  t.strictSame([got.flags, got.references], [[], { dark: 'dark', white: null }])
})

t.test('linearity is corrected on the baseline of the electrically dark pixels, for sample, dark and white alike', async (t) => {
  // A detector that loses light as it fills: counts = baseline + light (1 - light / 1e5); the polynomial is that factor over the counts seen.
  const facts: DetectorFacts = { fullScale: 65_535, darkPixels: [0], linearity: [0.9, 1e-5] }
  const poly = (v: number) => v / (0.9 + 1e-5 * v)
  const got = calibrated(
    measured([300, 10_300, 20_300, 5300]),
    [dark([200, 250, 260, 270]), white([400, 30_400, 30_400, 30_400], [200, 250, 260, 270])],
    facts,
  )
  const want = [10_000, 20_000, 5000].map((v, i) => (poly(v) - poly([50, 60, 70][i] ?? 0)) / (poly(30_000) - poly([50, 60, 70][i] ?? 0)))
  near(t, got.ratio, [nan, ...want], 'the dark pixel itself has no white')
})

t.test('without electrically dark pixels linearity is corrected on the measured dark', async (t) => {
  const facts: DetectorFacts = { fullScale: 65_535, darkPixels: [], linearity: [0.9, 1e-5] }
  const poly = (v: number) => v / (0.9 + 1e-5 * v)
  const got = calibrated(
    measured([1100, 2100, 5100, 10_100]),
    [dark([100, 100, 100, 100]), white([20_100, 20_100, 20_100, 20_100], [100, 100, 100, 100])],
    facts,
  )
  near(
    t,
    got.ratio,
    [1000, 2000, 5000, 10_000].map((v) => poly(v) / poly(20_000)),
  )
})

t.test('counts beyond what the linearity polynomial was made for are masked', async (t) => {
  const facts: DetectorFacts = { fullScale: 65_535, darkPixels: [], linearity: [1, -1e-4] }
  const got = calibrated(measured([1000, 9999, 10_000, 20_000]), [dark([0, 0, 0, 0]), white([1000, 1000, 1000, 1000], [0, 0, 0, 0])], facts)
  t.strictSame([...got.ratio].map(Number.isNaN), [false, false, true, true])
})

t.test('each measurement has its own array, and a new white or exposure takes effect at once', async (t) => {
  const calibration = createCalibration({ identity, policy, quantity: 'reflectance' })
  const d = dark([0, 0, 0, 0])
  const first = calibration.calibrate(measured([100, 100, 100, 100]), [d, white([1000, 1000, 1000, 1000], [0, 0, 0, 0])], now)
  const second = calibration.calibrate(measured([100, 100, 100, 100]), [d, white([2000, 2000, 2000, 2000], [0, 0, 0, 0], { id: 'new' })], now)
  const longer = measured([200, 200, 200, 200], { acquisition: acquisition({ integrationUs: 200_000 }) })
  const third = calibration.calibrate(
    longer,
    [dark([0, 0, 0, 0], { integrationUs: 200_000 }), white([2000, 2000, 2000, 2000], [0, 0, 0, 0], { id: 'new' })],
    now,
  )
  near(t, first.ratio, [0.1, 0.1, 0.1, 0.1])
  near(t, second.ratio, [0.05, 0.05, 0.05, 0.05])
  near(t, third.ratio, [0.05, 0.05, 0.05, 0.05])
})
