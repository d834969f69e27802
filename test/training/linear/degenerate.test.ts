import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { linearFamilies, type Targets } from '../../../src/training/contract.js'
import { openLinearBench } from '../../../src/training/linear/bench.js'

const random = seededRandom(2)
const noise = (count: number, channels: number): Float64Array[] =>
  Array.from({ length: count }, () => Float64Array.from({ length: channels }, () => random.gaussian()))
const halves = (count: number): ClassTargets => ({
  kind: 'class',
  classes: 2,
  truth: Array.from({ length: count }, (_, i) => i % 2),
  priors: 'balanced',
})
type ClassTargets = Extract<Targets, { kind: 'class' }>
const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

t.test('the grids offer what the training part can carry, the simplest first', async (t) => {
  const bench = openLinearBench(noise(70, 12))
  t.same(
    bench.settings('pls', 10).map(({ text }) => text),
    ['1 component', '2 components', '3 components'],
  )
  t.equal(bench.settings('pls', 70).length, 12, 'no more components than channels')
  t.same(
    bench.settings('pca-lda', 70).map(({ complexity }) => complexity),
    [2, 3, 4, 6, 8, 10],
  )
  t.same(
    bench.settings('pca-lda', 12).map(({ complexity }) => complexity),
    [2, 3],
  )
  const ridge = bench.settings('ridge', 70)
  t.equal(ridge[0]?.text, 'lambda 1')
  t.equal(ridge.at(-1)?.text, 'lambda 1e-8')
  for (const family of linearFamilies) {
    const steps = bench.settings(family, 70).map(({ complexity }) => complexity)
    t.same(
      steps,
      [...new Set(steps)].sort((a, b) => a - b),
      family,
    )
  }
})

t.test('constant channels and channels that are sums of others change no finite answer into another', async (t) => {
  const rows = noise(24, 6).map((row) => Float64Array.from([...row, 3, 3, ...row.map((value, i) => 2 * value + (row[0] ?? 0) * i)]))
  for (const family of linearFamilies)
    for (const answers of openLinearBench(rows).answers(family, halves(24), indices(20), [20, 21, 22, 23]))
      t.ok(answers.every(Number.isFinite), family)
})

t.test('settings beyond the rank repeat the last model', async (t) => {
  // Three directions in twenty channels, more channels than spectra and the other way round.
  for (const count of [15, 40]) {
    const shapes = noise(3, 20)
    const rows = noise(count, 3).map((scores) =>
      Float64Array.from({ length: 20 }, (_, j) => scores.reduce((sum, score, l) => sum + score * (shapes[l]?.[j] ?? 0), 1)),
    )
    const values = rows.map((row) => (row[0] ?? 0) + (row[5] ?? 0) ** 2)
    const bench = openLinearBench(rows)
    const pls = bench.answers('pls', { kind: 'value', values }, indices(count), [0, 1])
    t.equal(pls.length, bench.settings('pls', count).length)
    t.same(pls.at(-1), pls[2])
    t.notSame(pls[1], pls[2])
    const lda = bench.answers('pca-lda', halves(count), indices(count), [0, 1])
    t.same(lda.at(-1), lda[1], 'two, three components: then the same')
    t.equal(lda.length, bench.settings('pca-lda', count).length)
  }
})

t.test('PLS stops where nothing about the classes is left, though the spectra still vary', async (t) => {
  // Two channels without correlation, turned: the first component holds all that tells the classes apart.
  const rows = indices(12).map((i) => {
    const [own, other] = [2 * (i % 2) + ((i >> 1) % 2), 2.3 * (i % 3)]
    return Float64Array.of(0.6 * own - 0.8 * other, 0.8 * own + 0.6 * other)
  })
  const [first, second] = openLinearBench(rows).answers('pls', halves(12), indices(12), indices(12))
  t.ok(first?.some((value) => Math.abs(value - Math.log(0.5)) > 1))
  t.same(second, first, 'no direction of rounding was made a score')
})

t.test('where nothing varies the answer is the mean, or every class alike', async (t) => {
  const rows = Array.from({ length: 12 }, () => Float64Array.of(1, 2, 3))
  const bench = openLinearBench(rows)
  for (const answers of bench.answers('ridge', { kind: 'value', values: indices(12) }, indices(12), [0]))
    t.ok(Math.abs((answers[0] ?? 0) - 5.5) < 1e-12)
  for (const family of linearFamilies)
    for (const answers of bench.answers(family, halves(12), indices(12), [0, 1]))
      t.ok(
        answers.every((value) => Math.abs(value - Math.log(0.5)) < 1e-12),
        family,
      )
  const varied = openLinearBench(noise(12, 3))
  for (const answers of varied.answers('pls', { kind: 'value', values: indices(12).map(() => 4) }, indices(12), [0]))
    t.ok(Math.abs((answers[0] ?? 0) - 4) < 1e-12, 'a target that does not vary')
})

t.test('copies of one spectrum a class give finite scores that name the class', async (t) => {
  const [one = new Float64Array(0), two = new Float64Array(0)] = noise(2, 9)
  const rows = indices(12).map((i) => (i % 2 === 0 ? one.slice() : two.slice()))
  const bench = openLinearBench(rows)
  for (const family of linearFamilies)
    for (const answers of bench.answers(family, halves(12), indices(10), [10, 11])) {
      t.ok(answers.every(Number.isFinite), family)
      t.ok((answers[0] ?? 0) > (answers[1] ?? 0) && (answers[2] ?? 0) < (answers[3] ?? 0), family)
    }
})

t.test('what cannot be used is refused by name', async (t) => {
  t.throws(() => openLinearBench([]), { code: 'DATA_INVALID' })
  t.throws(() => openLinearBench([Float64Array.of(1, 2), Float64Array.of(1)]), { code: 'DATA_INVALID', seen: /spectrum 1/ })
  t.throws(() => openLinearBench([Float64Array.of(1, 2), Float64Array.of(1, Number.NaN)]), { code: 'DATA_INVALID', seen: /channel 1 of spectrum 1/ })
  const bench = openLinearBench(noise(12, 4))
  const three: Targets = { kind: 'class', classes: 3, truth: indices(12).map((i) => i % 3), priors: 'balanced' }
  const without = indices(12).filter((i) => i % 3 !== 1)
  for (const family of linearFamilies) t.throws(() => bench.answers(family, three, without, [1]), { code: 'DATA_INVALID', seen: /class 1 / }, family)
  t.throws(() => bench.answers('pls', { ...three, truth: three.truth.map((own) => own + 1) }, without, [1]), {
    code: 'DATA_INVALID',
    seen: /class 3 /,
  })
  const values = indices(12).map((i) => (i === 5 ? Number.NaN : i))
  t.throws(() => bench.answers('ridge', { kind: 'value', values }, indices(12), [1]), { code: 'DATA_INVALID', seen: /spectrum 5/ })
  t.ok(bench.answers('ridge', { kind: 'value', values }, [0, 1, 2, 3], [5]), 'a spectrum without a value can be asked about')
  t.throws(() => bench.answers('pca-lda', { kind: 'value', values }, [0, 1, 2, 3], [1]), { code: 'DATA_INVALID' })
  t.throws(() => bench.answers('pls', { kind: 'value', values: [1, 2] }, [0, 1], [1]), { code: 'DATA_INVALID', seen: /2 targets for 12/ })
  t.throws(() => bench.answers('pls', { kind: 'value', values }, [], [1]), { code: 'DATA_INVALID' })
  t.throws(() => bench.answers('pls', { kind: 'value', values }, [0, 12], [1]), { code: 'DATA_INVALID', seen: /spectrum 12/ })
  t.throws(() => bench.fit('ridge', 9, { kind: 'value', values: indices(12) }, indices(12)), { code: 'INVARIANT' })
})
