import fc from 'fast-check'
import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { type Affine, linearFamilies, type Targets } from '../../../src/training/contract.js'
import { openLinearBench } from '../../../src/training/linear/bench.js'
import { MAX_REMEMBERED_PARTS } from '../../../src/training/linear/moments-memory.js'

type ClassTargets = Extract<Targets, { kind: 'class' }>

/** Spectra of a few smooth shapes, some noise and an offset; class i % classes shifts the shapes. */
const drawn = (seed: number, count: number, channels: number, classes: number) => {
  const random = seededRandom(seed)
  const shapes = 5
  const centres = Array.from({ length: classes }, () => Array.from({ length: shapes }, () => 1.5 * random.gaussian()))
  const truth = Array.from({ length: count }, (_, i) => i % classes)
  const rows = truth.map((own) => {
    const scores = (centres[own] ?? []).map((value) => value + random.gaussian())
    return Float64Array.from({ length: channels }, (_, j) =>
      scores.reduce((sum, score, l) => sum + score * Math.cos((l + 1) * (j / channels) * 3), 4 + 0.05 * random.gaussian()),
    )
  })
  const values = rows.map((row) => (row[0] ?? 0) - 2 * (row[channels - 1] ?? 0) + 0.1 * random.gaussian())
  return { rows, truth, values }
}

const apply = ({ outputs, weights, bias }: Affine, row: Float64Array): number[] =>
  Array.from({ length: outputs }, (_, o) => row.reduce((sum, value, j) => sum + value * (weights[o * row.length + j] ?? Number.NaN), bias[o] ?? 0))

const worstOf = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length ? Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0) : Number.NaN

const largest = (values: ArrayLike<number>): number => Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 1)

const problems = fc.record({
  seed: fc.nat(),
  count: fc.integer({ min: 24, max: 40 }),
  channels: fc.integer({ min: 3, max: 60 }),
  classes: fc.integer({ min: 2, max: 4 }),
})
const kinds = [
  ['pls', 'class'],
  ['pls', 'value'],
  ['pca-lda', 'class'],
  ['ridge', 'class'],
  ['ridge', 'value'],
] as const
const each = (name: string, check: (data: ReturnType<typeof drawn>, family: (typeof linearFamilies)[number], targets: Targets) => boolean) =>
  t.test(name, async (t) => {
    fc.assert(
      fc.property(problems, fc.constantFrom(...kinds), fc.constantFrom('balanced' as const, 'empirical' as const), (size, [family, kind], priors) => {
        const data = drawn(size.seed, size.count, size.channels, size.classes)
        const targets: Targets = kind === 'value' ? { kind, values: data.values } : { kind, classes: size.classes, truth: data.truth, priors }
        return check(data, family, targets)
      }),
      { numRuns: 60, seed: 5 },
    )
    t.pass()
  })

each('the model of a setting answers the spectra as the pass over all settings did', ({ rows }, family, targets) => {
  const bench = openLinearBench(rows)
  const train = rows.flatMap((_, i) => (i % 5 === 0 ? [] : [i]))
  const test = rows.flatMap((_, i) => (i % 5 === 0 ? [i] : []))
  return bench.answers(family, targets, train, test).every((want, setting) => {
    const model = bench.fit(family, setting, targets, train)
    const got = test.flatMap((i) => apply(model, rows[i] ?? new Float64Array(0)))
    return worstOf(want, got) <= 1e-6 * largest(want)
  })
})

each('the order of the spectra changes nothing', ({ rows }, family, targets) => {
  const forward = rows.map((_, i) => i)
  const back = [...forward].reverse()
  const turned: Targets =
    targets.kind === 'value' ? { kind: 'value', values: targets.values.toReversed() } : { ...targets, truth: targets.truth.toReversed() }
  const asked = [0, 1, 2]
  const want = openLinearBench(rows).answers(family, targets, forward, asked)
  const got = openLinearBench(rows.toReversed()).answers(
    family,
    turned,
    back,
    asked.map((i) => rows.length - 1 - i),
  )
  // The smallest penalties amplify rounding by the share of the variance that they keep.
  return want.every((values, setting) => worstOf(values, got[setting] ?? []) <= 1e-5 * largest(values))
})

each('every setting of the list is answered', ({ rows }, family, targets) => {
  const bench = openLinearBench(rows)
  const train = rows.flatMap((_, i) => (i < 12 ? [i] : []))
  const outputs = targets.kind === 'class' ? targets.classes : 1
  const answers = bench.answers(family, targets, train, [20, 21])
  return answers.length === bench.settings(family, train.length).length && answers.every((a) => a.length === 2 * outputs && a.every(Number.isFinite))
})

t.test('a constant added to all values is added to all answers', async (t) => {
  const { rows, values } = drawn(3, 30, 12, 2)
  const all = rows.map((_, i) => i)
  const bench = openLinearBench(rows)
  for (const family of ['pls', 'ridge'] as const) {
    const plain = bench.answers(family, { kind: 'value', values }, all, all)
    const moved = bench.answers(family, { kind: 'value', values: values.map((value) => value + 7) }, all, all)
    plain.forEach((answers, setting) => {
      t.ok(
        worstOf(
          answers.map((value) => value + 7),
          moved[setting] ?? [],
        ) < 1e-8,
        `${family} ${setting}`,
      )
    })
  }
})

t.test('with balanced priors copies of one class change nothing in Ridge, with empirical ones they do', async (t) => {
  const { rows, truth } = drawn(4, 40, 8, 2)
  const twice = [...rows.keys()].filter((i) => truth[i] === 0)
  const train = [...rows.keys()]
  const bench = openLinearBench(rows)
  const answersOf = (priors: ClassTargets['priors'], part: readonly number[]) =>
    bench.answers('ridge', { kind: 'class', classes: 2, truth, priors }, part, [0, 1, 2, 3])[3] ?? []
  t.ok(worstOf(answersOf('balanced', train), answersOf('balanced', [...train, ...twice])) < 1e-9)
  t.ok(worstOf(answersOf('empirical', train), answersOf('empirical', [...train, ...twice])) > 0.1, 'with empirical priors they count')
})

t.test('classes of clear shapes are told apart by every family, and the outputs are logits', async (t) => {
  const { rows, truth } = drawn(9, 120, 40, 4)
  const bench = openLinearBench(rows)
  const train = rows.flatMap((_, i) => (i % 3 === 0 ? [] : [i]))
  const test = rows.flatMap((_, i) => (i % 3 === 0 ? [i] : []))
  for (const family of linearFamilies) {
    const best = bench.answers(family, { kind: 'class', classes: 4, truth, priors: 'balanced' }, train, test).map((answers) => {
      const chances = test.map((row, i) => {
        const logits = [...answers.subarray(4 * i, 4 * i + 4)]
        const sum = logits.reduce((total, value) => total + Math.exp(value - Math.max(...logits)), 0)
        return Math.exp((logits[truth[row] ?? 0] ?? 0) - Math.max(...logits)) / sum
      })
      return chances.reduce((total, chance) => total + chance, 0) / chances.length
    })
    t.ok(Math.max(...best) > 0.75, `${family}: mean chance of the true class ${Math.max(...best)}`)
  }
})

t.test('asking again, or after other questions, gives the same bytes', async (t) => {
  const { rows, truth, values } = drawn(6, 30, 20, 3)
  const targets: Targets = { kind: 'class', classes: 3, truth, priors: 'balanced' }
  const [train, test] = [rows.flatMap((_, i) => (i % 4 === 0 ? [] : [i])), [0, 4, 8]]
  const bench = openLinearBench(rows)
  for (const family of linearFamilies) {
    const first = bench.answers(family, targets, train, test)
    bench.answers('pls', { kind: 'value', values }, train, test)
    t.same(bench.answers(family, targets, train, test), first, family)
    t.same(openLinearBench(rows).answers(family, targets, train, test), first, `${family}, another bench`)
  }
})

t.test('more training parts than are remembered are answered like the first time', async (t) => {
  const { rows, values } = drawn(7, 70, 4, 2)
  const targets: Targets = { kind: 'value', values }
  const bench = openLinearBench(rows)
  const parts = rows.map((_, left) => [...rows.keys()].filter((i) => i !== left))
  t.ok(parts.length > MAX_REMEMBERED_PARTS)
  const ask = () => parts.map((train, left) => bench.answers('ridge', targets, train, [left]))
  t.same(ask(), ask())
})
