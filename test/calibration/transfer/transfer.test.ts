import t from 'tap'
import { type SpectrumTransfer, transferSchema } from '../../../src/calibration/transfer/contract.js'
import { dsRunner, fitDs } from '../../../src/calibration/transfer/direct.js'
import { fitPds, pdsMap, pdsRunner } from '../../../src/calibration/transfer/piecewise.js'
import { correctPrediction, fitBias, fitSlopeBias } from '../../../src/calibration/transfer/predictions.js'
import { seededRandom } from '../../../src/spectrum/random.js'

const N = 40
const random = seededRandom(21)
/** Spectra of three substances in changing shares, as the master sees them. */
const bands = [8, 19, 30].map((centre) => Float64Array.from({ length: N }, (_, i) => Math.exp(-(((i - centre) / 5) ** 2))))
const sample = (): Float64Array => {
  const shares = bands.map(() => 0.5 + random.gaussian() * 0.2)
  return Float64Array.from({ length: N }, (_, i) => bands.reduce((sum, band, b) => sum + (shares[b] ?? 0) * (band[i] ?? 0), 0.1))
}
/** The slave sees each channel with its own gain and offset, and a little of the channel before. */
const asSlave = (x: Float64Array): Float64Array => x.map((value, i) => (0.8 + 0.005 * i) * (0.9 * value + 0.1 * (x[i - 1] ?? value)) + 0.02)
const master = Array.from({ length: 12 }, sample)
const slave = master.map(asSlave)
const fresh = Array.from({ length: 5 }, sample)

const worst = (transfer: SpectrumTransfer, pairs: readonly Float64Array[]): number =>
  Math.max(
    ...pairs.map((want) => {
      const got = new Float64Array(transfer.outputs)
      transfer.run(asSlave(want), got)
      return Math.max(...got.map((value, i) => Math.abs(value - (want[i] ?? 0))))
    }),
  )
const untouched = Math.max(...fresh.map((want) => Math.max(...asSlave(want).map((value, i) => Math.abs(value - (want[i] ?? 0))))))

t.test('direct standardization gives spectra that the standards span as the master sees them', async (t) => {
  const fitted = fitDs(slave, master, { rcond: 1e-6 })
  t.equal(fitted.slaveDirections.length, 3, 'three substances are three directions')
  t.ok(untouched > 0.03, `${untouched} without it`)
  t.ok(worst(dsRunner(fitted), fresh) < 1e-9)
  t.equal(fitDs(slave, master, { rcond: 0.999 }).slaveDirections.length, 1, 'rcond cuts the small ones')
  const shorter = master.map((row) => row.subarray(0, 25))
  t.equal(dsRunner(fitDs(slave, shorter, { rcond: 1e-6 })).outputs, 25, 'the instruments may differ in their channels')
})

t.test('piecewise standardization looks at the window of each channel alone', async (t) => {
  const fitted = fitPds(slave, master, { halfWindow: 2, rank: 3 })
  t.ok(worst(pdsRunner(fitted), fresh) < 1e-4)
  t.ok(worst(pdsRunner(fitPds(slave, master, { halfWindow: 0, rank: 1 })), fresh) > 1e-3, 'one channel cannot undo its neighbour')
  const map = pdsMap(fitted)
  t.strictSame([...map.columns.subarray(map.from[0], map.from[1])], [0, 1, 2], 'clipped at the start')
  t.strictSame([...map.columns.subarray(map.from[20], map.from[21])], [18, 19, 20, 21, 22])
  t.strictSame([...map.columns.subarray(map.from[N - 1], map.from[N])], [N - 3, N - 2, N - 1])
  const masked = asSlave(fresh[0] ?? new Float64Array(N))
  masked[20] = Number.NaN
  const output = new Float64Array(N)
  pdsRunner(fitted).run(masked, output)
  t.strictSame(
    [...output.keys()].filter((i) => Number.isNaN(output[i])),
    [18, 19, 20, 21, 22],
    'a mask spreads over the windows that hold it',
  )
})

t.test('what was fitted survives being written and read, and a spoilt file is refused', async (t) => {
  const direct = fitDs(slave, master, { rcond: 1e-3 })
  const piecewise = fitPds(slave, master, { halfWindow: 3, rank: 2 })
  const line = fitSlopeBias([1, 2, 3], [3, 5, 7])
  const bias = fitBias([1, 2, 3], [3, 5, 7])
  for (const fitted of [direct, piecewise, line, bias]) t.strictSame(transferSchema.parse(JSON.parse(JSON.stringify(fitted))), fitted)
  t.notOk(transferSchema.safeParse({ ...direct, masterDirections: direct.masterDirections.slice(1) }).success)
  t.notOk(transferSchema.safeParse({ ...piecewise, windows: piecewise.windows.map((row) => row.slice(1)) }).success)
  t.notOk(transferSchema.safeParse({ ...line, slope: null }).success)
})

t.test('predictions are corrected by the line or the mean difference of known samples', async (t) => {
  const line = fitSlopeBias([1, 2, 3, 4], [3.5, 5.5, 7.5, 9.5])
  t.ok(Math.abs(line.slope - 2) < 1e-12 && Math.abs(line.bias - 1.5) < 1e-12)
  t.equal(correctPrediction({ method: 'slope_bias', slope: 2, bias: 1.5 }, 10), 21.5)
  t.equal(correctPrediction(fitBias([10, 20], [11, 23]), 5), 7)
})

t.test('standards from which nothing follows are refused, with what was seen', async (t) => {
  const same = Array.from({ length: 4 }, () => master[0] ?? new Float64Array(N))
  t.throws(() => fitDs(same, same, { rcond: 1e-3 }), { code: 'DATA_INVALID', seen: /all alike/ })
  t.throws(() => fitDs(slave.slice(1), master, { rcond: 1e-3 }), { code: 'DATA_INVALID', seen: '11 slave and 12 master standards' })
  t.throws(() => fitPds([...slave.slice(1), new Float64Array(N).fill(Number.NaN)], master, { halfWindow: 1, rank: 1 }), {
    code: 'DATA_INVALID',
    seen: 'slave standard 11: NaN at channel 0',
  })
  t.throws(
    () =>
      fitPds(
        slave,
        master.map((row) => row.subarray(1)),
        { halfWindow: 1, rank: 1 },
      ),
    { code: 'DATA_INVALID', seen: /40 slave channels/ },
  )
  t.throws(() => fitPds(slave, master, { halfWindow: 1, rank: 0 }), { code: 'DATA_INVALID', seen: 'rank 0' })
  t.throws(() => fitSlopeBias([2, 2, 2], [1, 2, 3]), { code: 'DATA_INVALID', seen: /all 2/ })
  t.throws(() => fitSlopeBias([1], [1]), { code: 'DATA_INVALID' })
  t.throws(() => fitBias([], []), { code: 'DATA_INVALID' })
  t.throws(() => fitBias([1, Number.NaN], [1, 2]), { code: 'DATA_INVALID', seen: /sample 1/ })
})
