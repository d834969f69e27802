import t from 'tap'
import { boundsOf, conformalQuantile, conformalSet } from '../../../src/inference/conformal.js'
import { softmax } from '../../../src/inference/scores.js'
import { seededRandom } from '../../../src/spectrum/random.js'
import { type ConformalTask, coverOutOfFold, fitConformal } from '../../../src/training/decision/conformal-fit.js'

const labels = ['a', 'b', 'c']
const random = seededRandom(21)

/** Objects of three classes, each measured one to three times: its own deviation, and noise of each scan, in the logits. */
const classSet = (objects: number): ConformalTask => {
  const scans = Array.from({ length: objects }, (_, o) => {
    const own = labels.map(() => random.gaussian())
    return Array.from({ length: 1 + (o % 3) }, () => ({
      group: `object ${o}`,
      truth: o % 3,
      fold: Math.floor(o / 3) % 5,
      outputs: Float32Array.from(own, (value, c) => value + 0.3 * random.gaussian() + (c === o % 3 ? 2 : 0)),
    }))
  }).flat()
  return {
    task: 'class',
    labels,
    held: scans.map(({ fold, outputs }, row) => ({ row, fold, outputs, exact: outputs })),
    truth: scans.map(({ truth }) => truth),
    values: scans.map(() => Number.NaN),
    groups: scans.map(({ group }) => group),
    accepted: scans.map(() => true),
    temperature: 1,
    seed: 1,
  }
}

/** Values with errors that belong to the object; objects with small errors were measured ten times. */
const valueSet = (objects: number): ConformalTask => {
  const scans = Array.from({ length: objects }, (_, o) => {
    const error = random.gaussian()
    return Array.from({ length: Math.abs(error) < 0.5 ? 10 : 1 }, () => ({ group: `${o}`, fold: o % 5, error }))
  }).flat()
  return {
    task: 'value',
    labels: ['assay'],
    held: scans.map(({ fold, error }, row) => ({ row, fold, outputs: Float32Array.of(50 + error), exact: Float32Array.of(50 + error) })),
    truth: scans.map(() => 0),
    values: scans.map(() => 50),
    groups: scans.map(({ group }) => group),
    accepted: scans.map(() => true),
    temperature: 1,
    seed: 1,
  }
}

t.test('intervals hold the value of a new object as often as promised, over many sets of 39 objects', async (t) => {
  const SETS = 400
  let covered = 0
  for (let set = 0; set < SETS; set++) {
    const { spec } = fitConformal(valueSet(39))
    const half = spec && conformalQuantile(spec.pooled, spec.alpha)
    for (let i = 0; i < 50; i++) if (Math.abs(random.gaussian()) <= (half ?? 0)) covered++
  }
  const share = covered / SETS / 50
  // 38 of 40 by the rank; the spread of this mean is 0.2 points.
  t.ok(Math.abs(share - 0.95) < 0.01, `${(100 * share).toFixed(2)} %`)
})

t.test('sets hold the class of a new object as often as promised', async (t) => {
  const SETS = 60
  let [covered, all] = [0, 0]
  for (let set = 0; set < SETS; set++) {
    const { spec } = fitConformal(classSet(60))
    const bounds = spec && boundsOf(spec, labels)
    const fresh = classSet(90)
    const scores = new Float64Array(3)
    for (const { row, outputs } of fresh.held) {
      softmax(outputs, 0, 1, scores)
      all++
      if (bounds && conformalSet(labels, scores, bounds).includes(labels[fresh.truth[row] ?? 0] ?? '')) covered++
    }
  }
  const share = covered / all
  t.ok(share > 0.94 && share < 0.975, `${(100 * share).toFixed(2)} %`)
})

t.test('one spectrum speaks for each object, and only those that the gate accepts speak', async (t) => {
  const task = valueSet(40)
  const { spec } = fitConformal(task)
  t.equal(spec?.objects, 40)
  t.equal(spec?.pooled.length, 40)
  t.equal(spec?.unit, 'object')
  const refused = new Set(['3', '17'])
  const without = fitConformal({ ...task, accepted: task.groups.map((group) => !refused.has(group)) }).spec
  t.equal(without?.objects, 38)
  t.equal(fitConformal({ ...task, groups: task.groups.map((_, n) => `${n}`) }).spec?.unit, 'spectrum')
})

t.test('a class has scores of its own from 39 objects on; with fewer it is judged by the pooled ones', async (t) => {
  t.strictSame(Object.keys(fitConformal(classSet(114)).spec?.classes ?? {}), [], '38 objects a class')
  const { spec } = fitConformal(classSet(117))
  t.strictSame(Object.keys(spec?.classes ?? {}), labels)
  t.equal(spec?.classes['b']?.length, 39)
  t.strictSame(
    spec?.pooled,
    [...(spec?.pooled ?? [])].sort((a, b) => a - b),
  )
})

t.test('a day that holds several classes speaks once for each of them, and once in all', async (t) => {
  const task = classSet(180)
  const days = task.groups.map((group) => `day ${Math.floor(Number(group.slice(7)) / 4)}`)
  const { spec } = fitConformal({ ...task, groups: days })
  t.equal(spec?.objects, 45)
  t.equal(spec?.classes['a']?.length, 45)
})

t.test('fewer objects than bound anything give no scores and say why', async (t) => {
  t.equal(fitConformal(valueSet(18)).spec, null)
  t.match(fitConformal(valueSet(18)).reason, /18 objects .* 95 % takes 19/)
  t.ok(fitConformal(valueSet(19)).spec)
  t.match(fitConformal({ ...valueSet(40), task: 'identity' }).reason, /gate alone/)
})

t.test('coverage is counted by scores of other folds alone', async (t) => {
  const task = valueSet(60)
  // One fold answers far worse than the others: its own scores would have made room for it.
  const held = task.held.map((own) => (own.fold === 0 ? { ...own, outputs: Float32Array.of(90) } : own))
  const seen = coverOutOfFold({ ...task, held }, held)
  t.equal(seen.length, held.length)
  const holds = seen.map(({ interval }) => interval !== null && interval[0] <= 50 && 50 <= interval[1])
  t.notOk(held.some(({ fold }, i) => fold === 0 && holds[i]))
  t.ok(held.every(({ fold }, i) => fold === 0 || holds[i]))
  const sets = coverOutOfFold(classSet(60), classSet(60).held)
  t.ok(sets.every(({ set, interval }) => set !== null && set.length > 0 && interval === null))
  t.ok(
    coverOutOfFold(valueSet(20), valueSet(20).held).every(({ interval }) => interval === null),
    'sixteen objects outside a fold bound nothing',
  )
})
