import t from 'tap'
import type { Applied, AppliedValue, Frame } from '../../src/instruments/contract.js'
import { averaging, type ExposurePlan } from '../../src/instruments/exposure.js'
import { pixelAxis } from '../../src/spectrum/axis.js'
import { manualClock } from '../support/manual-clock.js'

const value = (requested: number, readBack: number | null = requested): AppliedValue => ({ requested, rounded: requested, readBack })
const applied = (changed: Partial<Applied> = {}): Applied => ({ integrationUs: value(100_000), gain: null, binning: null, pixels: 3, ...changed })
const frame = (counts: readonly number[], changed: Partial<Frame> = {}): Frame => ({
  counts: Float64Array.from(counts),
  applied: applied(),
  exposureStartMs: 1000,
  exposureEndMs: 1100,
  temperatureC: null,
  ...changed,
})
const plan: ExposurePlan = {
  where: 'fake',
  identity: { fullScale: 100, integrationUs: { min: 10, max: 1e9, step: 20 } },
  axis: pixelAxis(3),
  flags: ['uncalibrated'],
  averages: 1,
  appliedAtMs: 500,
}
const exposed = (frames: readonly Frame[], changed: Partial<ExposurePlan> = {}) => {
  const exposure = averaging({ ...plan, averages: frames.length, ...changed })
  for (const one of frames) exposure.add(one)
  return exposure.finish(manualClock())
}

t.test('frames are averaged, and what the instrument said of itself goes along', async (t) => {
  const { counts, acquisition, flags, axis } = exposed([frame([10, 20, 30], { temperatureC: 20 }), frame([20, 21, 33], { temperatureC: 22 })])
  t.strictSame([...counts], [15, 20.5, 31.5])
  t.strictSame(acquisition, { integrationUs: 100_000, gain: null, binning: null, averages: 2, exposureMs: 200, temperatureC: 21 })
  t.strictSame(flags, ['uncalibrated'])
  t.equal(axis, plan.axis)
})

t.test('one frame is handed on as it is, in memory of its own', async (t) => {
  const own = frame([1, 2, 3])
  const { counts } = exposed([own])
  t.strictSame([...counts], [1, 2, 3])
  own.counts.fill(9)
  t.strictSame([...counts], [1, 2, 3], 'a driver may use its buffer again')
})

t.test('a pixel is saturated when any of the averaged frames reached full scale, however low the mean', async (t) => {
  t.strictSame([...exposed([frame([100, 99, 0]), frame([0, 99, 101])]).saturated], [1, 0, 1])
})

t.test('a frame sooner than its exposure is stale and never used', async (t) => {
  const exposure = averaging(plan)
  t.throws(() => exposure.add(frame([9, 9, 9], { exposureEndMs: 1099.9 })), { code: 'STALE_FRAME', seen: /99\.9\d* ms/, allowed: /100 ms/ })
  exposure.add(frame([1, 2, 3]))
  t.strictSame([...exposure.finish(manualClock()).counts], [1, 2, 3])
})

t.test('a frame begun before the settings were acknowledged is stale, the very moment is not', async (t) => {
  t.throws(() => averaging(plan).add(frame([1, 2, 3], { exposureStartMs: 499, exposureEndMs: 1100 })), { code: 'STALE_FRAME' })
  t.doesNotThrow(() => averaging(plan).add(frame([1, 2, 3], { exposureStartMs: 500, exposureEndMs: 1100 })))
  t.throws(
    () => averaging(plan).add(frame([1, 2, 3], { exposureStartMs: Number.NaN })),
    { code: 'STALE_FRAME' },
    'times that are no numbers prove nothing',
  )
})

t.test('a frame of another length, or with a count that is no number, is refused', async (t) => {
  t.throws(() => averaging(plan).add(frame([1, 2])), { code: 'BAD_FRAME', seen: '2 counts', allowed: '3' })
  t.throws(() => averaging(plan).add(frame([1, Number.NaN, 3])), { code: 'BAD_FRAME' })
})

t.test('an exposure read back more than one step off is flagged, one step is rounding', async (t) => {
  const taken = (readBack: number | null) =>
    exposed([frame([1, 2, 3], { applied: applied({ integrationUs: value(100_000, readBack) }), exposureEndMs: 1200 })])
  t.strictSame(taken(100_020).flags, ['uncalibrated'])
  t.strictSame(taken(100_021).flags, ['uncalibrated', 'setting-mismatch'])
  t.equal(taken(100_021).acquisition.integrationUs, 100_021, 'what was really done is what counts')
  t.strictSame(taken(null).flags, ['uncalibrated'])
})

t.test('gain and binning are codes: any difference is flagged', async (t) => {
  t.strictSame(exposed([frame([1, 2, 3], { applied: applied({ gain: value(4, 5) }) })], { flags: [] }).flags, ['setting-mismatch'])
  t.strictSame(exposed([frame([1, 2, 3], { applied: applied({ binning: value(1, 0) }) })], { flags: [] }).flags, ['setting-mismatch'])
  t.strictSame(exposed([frame([1, 2, 3], { applied: applied({ gain: value(4), binning: value(0) }) })], { flags: [] }).flags, [])
})

t.test('the end of exposure is told on both clocks, however late it is asked for', async (t) => {
  const clock = manualClock(Date.parse('2026-11-24T10:00:00Z'))
  await clock.advance(1350)
  const exposure = averaging(plan)
  exposure.add(frame([1, 2, 3]))
  const { endMs, endWallMs } = exposure.finish(clock)
  t.equal(endMs, 1100)
  t.equal(new Date(endWallMs).toISOString(), '2026-11-24T10:00:01.100Z')
})
