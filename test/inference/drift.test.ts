import t from 'tap'
import { CLEAR_AT, createDriftWatch, DRIFT_WEIGHT, type DriftChange, MAX_REFUSED_SHARE, REFUSED_WEIGHT } from '../../src/inference/drift.js'
import { seededRandom } from '../../src/spectrum/random.js'

const reference = { t2: { mean: 1, sd: 0.5 }, q: { mean: -2, sd: 0.2 } }
/** A known spectrum so many standard deviations from the mean of ln T2 and of ln Q. */
const at = (t2: number, q: number) => ({ t2: Math.exp(1 + 0.5 * t2), q: Math.exp(-2 + 0.2 * q), foreign: false })
const told = (changes: readonly DriftChange[]) => changes.map(({ what, raised }) => `${what} ${raised ? 'up' : 'down'}`)
/** The average after n values of x, from 0, and its limit, both in standard deviations. */
const average = (x: number, n: number) => x * (1 - (1 - DRIFT_WEIGHT) ** n)
const limit = 3 * Math.sqrt(DRIFT_WEIGHT / (2 - DRIFT_WEIGHT))

t.test('the average starts at the mean and alarms at 3 of its own standard deviations, on either side and each by itself', async (t) => {
  for (const [t2, q, what] of [
    [2, 0, 't2 up'],
    [-2, 0, 't2 up'],
    [0, 2, 'q up'],
    [0, -2, 'q up'],
  ] as const) {
    const watch = createDriftWatch(reference)
    const needed = Array.from({ length: 100 }, (_, i) => i + 1).find((n) => average(2, n) > limit) ?? 0
    t.ok(needed > 3 && needed < 6, `${needed}`)
    for (let n = 1; n < needed; n++) t.strictSame(watch(at(t2, q)), [])
    t.strictSame(told(watch(at(t2, q))), [what])
    t.strictSame(watch(at(t2, q)), [], 'told once')
  }
})

t.test('what a shift would never bring to the limit raises nothing, and the limits are told', async (t) => {
  const watch = createDriftWatch(reference)
  const below = limit - 0.001
  for (let n = 0; n < 2000; n++) t.equal(watch(at(below, below)).length, 0)
  const [change] = watch(at(20, 0))
  t.ok(Math.abs((change?.limits[1] ?? 0) - (1 + 0.5 * limit)) < 1e-12)
  t.ok((change?.average ?? 0) > (change?.limits[1] ?? 9))
})

t.test('an alarm is cleared well within its limit, not at it', async (t) => {
  const watch = createDriftWatch(reference)
  for (let n = 0; n < 20; n++) watch(at(2, 0))
  const between = (limit * (1 + CLEAR_AT)) / 2
  for (let n = 0; n < 500; n++) t.strictSame(watch(at(between, 0)), [])
  let story: readonly string[] = []
  for (let n = 0; n < 50; n++) story = [...story, ...told(watch(at(0, 0)))]
  t.strictSame(story, ['t2 down'])
})

t.test('a stream as the training set was seldom alarms', async (t) => {
  const random = seededRandom(11)
  const watch = createDriftWatch(reference)
  let alarms = 0
  for (let n = 0; n < 5000; n++) alarms += watch(at(random.gaussian(), random.gaussian())).filter(({ raised }) => raised).length
  // About one in 850 for each of the two charts (average run length at 3 sd and weight 0.1; Lucas, Saccucci, Technometrics 32:1, 1990).
  t.ok(alarms <= 25, `${alarms} in 5000`)
})

t.test('foreign spectra move neither average; their share has an alarm of its own', async (t) => {
  const watch = createDriftWatch(reference)
  const foreign = { ...at(50, 50), foreign: true }
  const needed = Array.from({ length: 100 }, (_, i) => i + 1).find((n) => 1 - (1 - REFUSED_WEIGHT) ** n > MAX_REFUSED_SHARE) ?? 0
  const story = Array.from({ length: 100 }, () => told(watch(foreign)))
  t.strictSame(
    story.flatMap((one, i) => one.map((what) => `${i + 1} ${what}`)),
    [`${needed} refused up`],
  )
  t.strictSame(Array.from({ length: 500 }, () => told(watch(at(0, 0)))).flat(), ['refused down'])
})

t.test('fewer refused than 15 % of a long stream raise nothing, more do', async (t) => {
  const alarms = (every: number) => {
    const watch = createDriftWatch(reference)
    return Array.from({ length: 1200 }, (_, i) => watch(i % every === every - 1 ? { ...at(9, 9), foreign: true } : at(0, 0))).flat().length
  }
  t.equal(alarms(8), 0, '12.5 %')
  t.equal(alarms(5), 1, '20 %')
})

t.test('a bundle without a drift reference still has its refusals watched', async (t) => {
  const watch = createDriftWatch(null)
  t.strictSame(Array.from({ length: 50 }, () => told(watch(at(50, 50)))).flat(), [])
  t.strictSame(Array.from({ length: 50 }, () => told(watch({ ...at(0, 0), foreign: true }))).flat(), ['refused up'])
})

t.test('distances of 0 and numbers that are none do not break the charts', async (t) => {
  const watch = createDriftWatch(reference)
  t.strictSame(told(watch({ t2: 0, q: 1e-300, foreign: false })), ['t2 up', 'q up'])
  t.strictSame(told(createDriftWatch(reference)({ t2: Number.NaN, q: Math.exp(-2), foreign: false })), ['t2 up'])
})
