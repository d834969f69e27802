import t from 'tap'
import { buildGate } from '../../../src/inference/gate.js'
import { gateSchema } from '../../../src/models/manifest.js'
import { type Random, seededRandom } from '../../../src/spectrum/random.js'
import { fitJointGate } from '../../../src/training/decision/joint-gate.js'
import { jointLimit, shareOfObject } from '../../../src/training/decision/joint-limit.js'

const CHANNELS = 16

/** A spectrum of one of three materials: its own shape, an object's own deviation, noise; and the scalars that a chain would note. */
const drawnSpectrum = (random: Random, material: number, object: readonly number[]) => ({
  row: Float64Array.from({ length: CHANNELS }, (_, i) => {
    const shape = Math.sin((i * (material + 1)) / 3) + (object[0] ?? 0) * Math.cos(i / 4) + (object[1] ?? 0) * (i / CHANNELS)
    return shape + 0.05 * random.gaussian()
  }),
  // The level of a class apart, with a long tail upwards.
  level: 0.5 + 0.1 * material + 0.05 * Math.exp(0.5 * random.gaussian()),
})

const drawn = (random: Random, objects: number, scans: number) => {
  const set = Array.from({ length: objects }, (_, o) => {
    const object = [0.3 * random.gaussian(), 0.3 * random.gaussian()]
    return Array.from({ length: scans }, () => ({ ...drawnSpectrum(random, o % 3, object), group: `object ${o}`, fold: Math.floor(o / 3) % 5 }))
  }).flat()
  return {
    rows: set.map(({ row }) => row),
    groups: set.map(({ group }) => group),
    folds: set.map(({ fold }) => fold),
    scalars: { level: set.map(({ level }) => level) },
  }
}

const passed = (spec: ReturnType<typeof fitJointGate>['spec'], { rows, scalars }: ReturnType<typeof drawn>) => {
  const gate = buildGate(spec)
  return rows.filter((row, n) => !gate.judge(row, { level: scalars.level[n] ?? Number.NaN }).foreign).length / rows.length
}

t.test('the whole gate accepts the promised share of new objects, all parts together', async (t) => {
  const random = seededRandom(7)
  const SETS = 12
  for (const alpha of [0.05, 0.01]) {
    let share = 0
    for (let set = 0; set < SETS; set++) share += passed(fitJointGate({ ...drawn(random, 150, 2), alpha }).spec, drawn(random, 300, 1)) / SETS
    t.ok(share >= 1 - 1.3 * alpha && share <= 1 - 0.2 * alpha, `alpha ${alpha}: ${(100 * share).toFixed(2)} % accepted`)
  }
})

t.test('what is left out of fold is judged by the same limit: nearly the promised share, and the drift reference is its mean', async (t) => {
  const known = drawn(seededRandom(3), 200, 1)
  const { spec, accepted, t2, q } = fitJointGate({ ...known, alpha: 0.05 })
  t.equal(accepted.filter((own) => own).length, Math.ceil(201 * 0.95), 'the rank of the quantile')
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + Math.log(value) / values.length, 0)
  t.ok(Math.abs((spec.drift?.t2.mean ?? 0) - mean(t2)) < 1e-9 && Math.abs((spec.drift?.q.mean ?? 0) - mean(q)) < 1e-9)
  t.doesNotThrow(() => gateSchema.parse(spec), 'a bundle takes it')
})

t.test('another shape, another level and a missing number are refused', async (t) => {
  const random = seededRandom(5)
  const { spec } = fitJointGate(drawn(random, 120, 1))
  const gate = buildGate(spec)
  const { row, level } = drawnSpectrum(random, 1, [0, 0])
  t.notOk(gate.judge(row, { level }).foreign)
  const bump = row.map((value, i) => value + (i === 7 ? 1.5 : 0))
  t.ok(gate.judge(bump, { level }).foreign, 'a band that no material has')
  t.match(gate.judge(row, { level: 1.3 }).why, /level/, 'an empty field of view')
  t.match(gate.judge(row, { level: 0.2 }).why, /level/)
  t.ok(gate.judge(row, { level: Number.NaN }).foreign)
})

t.test('with few objects the largest value is widened, and most new ones still pass', async (t) => {
  const random = seededRandom(11)
  let share = 0
  for (let set = 0; set < 10; set++) share += passed(fitJointGate(drawn(random, 18, 1)).spec, drawn(random, 60, 1)) / 10
  t.ok(share > 0.93, `${share}`)
  t.equal(jointLimit(Float64Array.of(3, 5, 4), Float64Array.of(1, 1, 1), 3, 0.01), 1.25 * 5)
})

t.test('the limit is the value of the rank, and an object counts once however often it was measured', async (t) => {
  const one = Float64Array.from({ length: 99 }, (_, i) => 3 + i)
  t.equal(jointLimit(one, new Float64Array(99).fill(1), 99, 0.01), 101, 'the 99th of 99')
  const groups = [...Array.from({ length: 199 }, (_, i) => `${i}`), ...new Array<string>(500).fill('odd one')]
  const worst = Float64Array.from(groups, (group) => (group === 'odd one' ? 50 : 3 + Number(group) / 1000))
  t.ok(jointLimit(worst, shareOfObject(groups), 200, 0.01) < 4)
})

t.test('the range of a scalar has two sides, and a scalar that never varies leaves a little room', async (t) => {
  const known = drawn(seededRandom(9), 120, 1)
  const flat = known.rows.map(() => 0.8)
  const { scalars } = fitJointGate({ ...known, scalars: { ...known.scalars, flat } }).spec
  const [low, high] = scalars['flat'] ?? [0, 0]
  t.ok(low < 0.8 && high > 0.8 && high - low < 0.2, `${low} to ${high}`)
  const wider = fitJointGate({ ...known, margin: 0.25 }).spec.scalars['level'] ?? [0, 0]
  const own = scalars['level'] ?? [0, 0]
  t.ok(Math.abs((wider[1] - wider[0]) / (own[1] - own[0]) - 1.5) < 1e-9)
})

t.test('components: fewer where the objects are few; spectra that the components reach wholly leave a gate that can judge', async (t) => {
  const few = drawn(seededRandom(2), 15, 3)
  t.ok(fitJointGate(few).spec.k <= 4, 'twelve objects outside the fold, three a component')
  const plain = { ...few, rows: few.rows.map((_, n) => Float64Array.from({ length: 8 }, (_, i) => i * Math.sin(n))) }
  const { spec } = fitJointGate(plain)
  t.equal(spec.k, 1)
  const gate = buildGate(spec)
  t.notOk(
    gate.judge(
      Float64Array.from({ length: 8 }, (_, i) => 0.3 * i),
      { level: plain.scalars.level[0] ?? 0 },
    ).foreign,
  )
})

t.test('one object, one fold, equal spectra and scalars that are no numbers are refused by name', async (t) => {
  const known = drawn(seededRandom(1), 30, 1)
  t.throws(() => fitJointGate({ ...known, groups: known.groups.map(() => 'one') }), { code: 'DATA_INVALID', message: /1 objects in 5 folds/ })
  t.throws(() => fitJointGate({ ...known, folds: known.folds.map(() => 0) }), { code: 'DATA_INVALID', message: /1 folds/ })
  t.throws(() => fitJointGate({ ...known, rows: known.rows.map(() => new Float64Array(4).fill(1)) }), { code: 'DATA_INVALID', message: /all alike/ })
  t.throws(() => fitJointGate({ ...known, scalars: { noise: known.rows.map(() => Number.NaN) } }), { code: 'DATA_INVALID', message: /"noise"/ })
})
