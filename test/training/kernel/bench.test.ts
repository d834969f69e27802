import fc from 'fast-check'
import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import type { Targets } from '../../../src/training/contract.js'
import { kernelRefusal, MAX_KERNEL_SPECTRA, MAX_REMEMBERED_PARTS, openKernelBench } from '../../../src/training/kernel/bench.js'
import { CHOSEN_CENTRES, MAX_CENTRES } from '../../../src/training/kernel/centres.js'
import { MAX_CENTRE_NUMBERS } from '../../../src/training/kernel/graph.js'
import { centreCount, predict } from '../../../src/training/kernel/model.js'

const family = 'kernel-ridge'

/** Points on two rings, one inside the other: no straight line parts them. A third class, where asked for, lies beside. */
const drawn = (seed: number, count: number, classes: number, channels = 4) => {
  const random = seededRandom(seed)
  const truth = Array.from({ length: count }, (_, i) => i % classes)
  const rows = truth.map((own) => {
    const angle = 2 * Math.PI * random.uniform()
    const radius = own === 1 ? 3 : 1
    return Float64Array.from({ length: channels }, (_, j) => {
      const ring = j === 0 ? radius * Math.cos(angle) : j === 1 ? radius * Math.sin(angle) : 0
      return 10 + ring + (own > 1 && j === 2 ? 4 : 0) + 0.2 * random.gaussian()
    })
  })
  const values = rows.map((row) => Math.hypot((row[0] ?? 0) - 10, (row[1] ?? 0) - 10))
  return { rows, truth, values }
}
const parts = (count: number, every: number) => {
  const all = Array.from({ length: count }, (_, i) => i)
  return { train: all.filter((i) => Math.floor(i / 4) % every !== 0), test: all.filter((i) => Math.floor(i / 4) % every === 0) }
}
const worstOf = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length ? Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0) : Number.NaN

t.test('classes that no straight line parts are told apart', async (t) => {
  const { rows, truth } = drawn(1, 120, 2)
  const { train, test } = parts(120, 4)
  const bench = openKernelBench(rows)
  const shares = bench.answers(family, { kind: 'class', classes: 2, truth, priors: 'balanced' }, train, test).map((answers) => {
    const right = test.filter((row, i) => ((answers[2 * i + 1] ?? 0) > (answers[2 * i] ?? 0) ? 1 : 0) === truth[row])
    return right.length / test.length
  })
  t.equal(Math.max(...shares), 1)
})

t.test('every setting is answered, the simplest is the widest under the highest penalty, and outputs of classes sum to 1', async (t) => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 24, max: 60 }), fc.integer({ min: 2, max: 3 }), (seed, count, classes) => {
      const { rows, truth } = drawn(seed, count, classes)
      const { train, test } = parts(count, 3)
      const bench = openKernelBench(rows)
      const answers = bench.answers(family, { kind: 'class', classes, truth, priors: 'empirical' }, train, test)
      const sums = answers.every((own) =>
        test.every((_, i) => Math.abs(own.slice(i * classes, (i + 1) * classes).reduce((a, b) => a + b, 0) - 1) < 1e-8),
      )
      return answers.length === bench.settings(family, train.length).length && answers.every((own) => own.length === test.length * classes) && sums
    }),
    { numRuns: 30, seed: 5 },
  )
  const grid = openKernelBench(drawn(1, 8, 2).rows).settings(family, 8)
  t.match(grid[0], { text: 'width 10, lambda 0.001', complexity: 0 })
  t.strictSame(
    grid.map(({ complexity }) => complexity),
    grid.map((_, i) => i),
  )
})

t.test('a rotation, a shift, and a factor of all spectra change nothing', async (t) => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0.01, max: 100, noNaN: true }), fc.double({ min: 0, max: 6, noNaN: true }), (seed, factor, angle) => {
      const { rows, values } = drawn(seed, 40, 2)
      const turned = rows.map((row) =>
        row.map((own, j) => {
          const [x, y] = [row[0] ?? 0, row[1] ?? 0]
          const rotated = j === 0 ? x * Math.cos(angle) - y * Math.sin(angle) : j === 1 ? x * Math.sin(angle) + y * Math.cos(angle) : own
          return factor * (rotated + 3)
        }),
      )
      const { train, test } = parts(40, 4)
      const targets: Targets = { kind: 'value', values }
      const want = openKernelBench(rows).answers(family, targets, train, test)
      return openKernelBench(turned)
        .answers(family, targets, train, test)
        .every((own, s) => worstOf(own, want[s] ?? []) < 1e-6)
    }),
    { numRuns: 30, seed: 6 },
  )
  t.pass()
})

t.test('with balanced priors copies of one class change nothing, with empirical ones they do', async (t) => {
  const { rows, truth } = drawn(4, 40, 2)
  const train = [...rows.keys()]
  // Copies move the median distance: with every spectrum twice it stays, so the first class stands four times.
  const more = [...train, ...train]
  const bench = openKernelBench(rows)
  const unit = (priors: 'balanced' | 'empirical', part: readonly number[]) =>
    bench.answers(family, { kind: 'class', classes: 2, truth, priors }, part, [0, 1, 2, 3])[6] ?? []
  t.ok(worstOf(unit('balanced', train), unit('balanced', more)) < 1e-9, 'each spectrum twice')
  const uneven = train.filter((i) => i < 20 || truth[i] === 0)
  t.ok(worstOf(unit('balanced', uneven), unit('empirical', uneven)) > 1e-3, 'weights count')
})

t.test('of many training spectra some are centres, and all of them are learnt from', async (t) => {
  const { rows, truth } = drawn(7, MAX_CENTRES + 160, 2, 3)
  const train = [...rows.keys()].slice(0, MAX_CENTRES + 150)
  const targets: Targets = { kind: 'class', classes: 2, truth, priors: 'empirical' }
  const bench = openKernelBench(rows)
  const place = bench.settings(family, train.length).findIndex(({ text }) => text === 'width 1, lambda 0.0001')
  const model = bench.fit(family, place, targets, train)
  const count = centreCount(model)
  t.equal(count, CHOSEN_CENTRES)
  const centres = Array.from({ length: count }, (_, i) => model.centres.subarray(i * 3, i * 3 + 3))
  t.ok(
    centres.every((centre) => train.some((row) => worstOf(rows[row] ?? [], centre) === 0)),
    'centres are training spectra',
  )
  t.equal(new Set(centres.map((centre) => centre.join())).size, count, 'each once')

  // Where the sum of squares and the penalty are least, moving any weight changes nothing: K'W(y - f) = lambda K a.
  const kernel = (a: Float64Array, b: Float64Array) => Math.exp(-model.gamma * a.reduce((sum, value, j) => sum + (value - (b[j] ?? 0)) ** 2, 0))
  const rest = train.map((row) => (truth[row] === 0 ? 1 : 0) - (predict(model, rows[row] ?? [])[0] ?? 0))
  const worst = [0, 1, 150, 299].reduce((most, i) => {
    const own = centres[i] ?? new Float64Array(0)
    const pull = train.reduce((sum, row, n) => sum + (kernel(rows[row] ?? own, own) * (rest[n] ?? 0)) / train.length, 0)
    const held = centres.reduce((sum, centre, at) => sum + 1e-4 * kernel(centre, own) * (model.weights[at] ?? 0), 0)
    return Math.max(most, Math.abs(pull - held))
  }, 0)
  t.ok(worst < 1e-9, `${worst}`)
  const answers = bench.answers(family, targets, train, [train.length, train.length + 1])[place] ?? new Float64Array(0)
  t.ok(worstOf(answers.subarray(0, 2), predict(model, rows[train.length] ?? [])) < 1e-9, 'the pass over all settings says the same')
})

t.test('asking again, after other questions, or another bench, gives the same bytes', async (t) => {
  const { rows, truth, values } = drawn(6, 40, 2)
  const targets: Targets = { kind: 'class', classes: 2, truth, priors: 'balanced' }
  const bench = openKernelBench(rows)
  const ask = (of = bench) =>
    [...rows.keys()].slice(0, MAX_REMEMBERED_PARTS + 2).map((left) =>
      of.answers(
        family,
        targets,
        [...rows.keys()].filter((i) => i !== left),
        [left],
      ),
    )
  const first = ask()
  bench.answers(family, { kind: 'value', values }, [...rows.keys()], [0])
  t.same(ask(), first)
  t.same(ask(openKernelBench(rows)), first)
})

t.test('spectra that are all the same give the mean of the targets', async (t) => {
  const rows = Array.from({ length: 10 }, () => Float64Array.of(1, 2))
  const bench = openKernelBench(rows)
  for (const answers of bench.answers(family, { kind: 'value', values: rows.map((_, i) => i) }, [...rows.keys()], [0]))
    t.ok(Math.abs((answers[0] ?? 0) - 4.5) < 1e-6)
})

t.test('what cannot be fitted is refused', async (t) => {
  const { rows, truth, values } = drawn(2, 12, 2)
  const bench = openKernelBench(rows)
  const classes: Targets = { kind: 'class', classes: 3, truth, priors: 'balanced' }
  t.throws(() => bench.answers(family, classes, [0, 1, 2], [3]), { code: 'DATA_INVALID', seen: /class 2/ })
  t.throws(() => bench.answers(family, { kind: 'value', values: [Number.NaN, ...values.slice(1)] }, [0, 1], [3]), { code: 'DATA_INVALID' })
  t.throws(() => bench.fit(family, 20, { kind: 'value', values }, [0, 1, 2]), { code: 'INVARIANT', seen: 'setting 20' })
  t.throws(() => openKernelBench([Float64Array.of(1), Float64Array.of(Number.NaN)]), { code: 'DATA_INVALID' })
  t.equal(bench.settings(family, 0).length, 0)
  t.equal(kernelRefusal(MAX_KERNEL_SPECTRA, 512), null)
  t.match(kernelRefusal(MAX_KERNEL_SPECTRA + 1, 512), { code: 'DATA_INVALID', seen: `${MAX_KERNEL_SPECTRA + 1} spectra of 512 channels` })
  t.match(kernelRefusal(MAX_CENTRES, Math.ceil(MAX_CENTRE_NUMBERS / MAX_CENTRES)), { code: 'DATA_INVALID' }, 'centres that no bundle should hold')
})
