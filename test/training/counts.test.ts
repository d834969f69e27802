import t from 'tap'
import { chromationDetector, lampPerMs } from '../../src/spectrum/detector.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { type CountsPlan, throughCounts } from '../../src/training/counts.js'

const pixels = 200
const quiet: CountsPlan = {
  detector: { ...chromationDetector, readNoiseCounts: 0, electronsPerCount: 1e12 },
  lampPerMs: lampPerMs(pixels),
  exposureMs: 100,
  density: 2.3,
  averages: 1,
  referenceAverages: 1,
}
const noisy: CountsPlan = { ...quiet, detector: chromationDetector }
const grey = (absorbance: number) => new Float64Array(pixels).fill(10 ** -absorbance)
const absorbances = (ratio: Float64Array) => [...ratio].map((value) => -Math.log10(value))
const spread = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0))
}

t.test('without noise the ratio comes back as it went in, but for the rounding to whole counts', async (t) => {
  for (const absorbance of [2.4, 3, 4])
    for (const got of absorbances(throughCounts(quiet)(grey(absorbance), seededRandom(1))))
      t.ok(Math.abs(got - absorbance) < 0.5 / (90_000 * 100 * 0.5 * 10 ** -absorbance) + 2e-4, `${got} for ${absorbance}`)
})

t.test('a filter before the white gives what a bare white cannot: the sample is exposed longer', async (t) => {
  const bare = { ...noisy, density: 0, exposureMs: 100 * 10 ** -2.3 }
  const filtered = spread(absorbances(throughCounts(noisy)(grey(3.3), seededRandom(2))))
  const against = spread(absorbances(throughCounts(bare)(grey(3.3), seededRandom(2)).map((value) => Math.max(value, 1e-8))))
  t.ok(filtered < 0.01, `${filtered}`)
  t.ok(against > 10 * filtered, `${against} against ${filtered}`)
})

t.test('averages make the noise smaller', async (t) => {
  const one = spread(absorbances(throughCounts({ ...noisy, referenceAverages: 64 })(grey(4), seededRandom(3))))
  const many = spread(absorbances(throughCounts({ ...noisy, referenceAverages: 64, averages: 16 })(grey(4), seededRandom(3))))
  t.ok(many < one / 2.5, `${many} against ${one}`)
})

t.test('a saturated, an unlit and a missing pixel come back as NaN', async (t) => {
  const ratio = grey(3)
  ratio[10] = 1
  ratio[11] = Number.NaN
  const got = throughCounts(noisy)(ratio, seededRandom(4))
  t.ok(Number.isNaN(got[10]))
  t.ok(Number.isNaN(got[11]))
  t.equal(got.filter(Number.isNaN).length, 2)
  const unlit = lampPerMs(pixels)
  unlit[5] = 0
  t.ok(Number.isNaN(throughCounts({ ...quiet, lampPerMs: unlit })(grey(3), seededRandom(5))[5]))
})
