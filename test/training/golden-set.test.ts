import t from 'tap'
import { seededRandom } from '../../src/spectrum/random.js'
import { goldenQuestions } from '../../src/training/golden-set.js'

const channels = 30
const line = (height: number) => Array.from({ length: channels }, (_, i) => height * Math.sin(i / 3))
const mean = Float64Array.from(line(0.2), (value) => 10 ** -(3 + value))
const plan = (labels: readonly string[], edges: readonly number[] = []) => ({
  objects: Array.from({ length: 10 * labels.length }, (_, n) => ({
    label: n % labels.length,
    assay: (n % labels.length) / Math.max(1, labels.length - 1),
    values: mean.map((value, i) => value * (1 + 0.01 * Math.cos(n + i))),
  })),
  mean,
  ratio: true,
  smallest: 1e-8,
  unit: 'class',
  labels,
  edges,
  measure: (ratio: Float64Array) => ratio,
  random: seededRandom(1),
})

t.test('two classes or two hundred: at least 32 spectra, at most 512, each with a name of its own', async (t) => {
  for (const count of [2, 3, 40, 200, 900]) {
    const questions = goldenQuestions(plan(Array.from({ length: count }, (_, k) => `class ${k}`)))
    t.ok(questions.length >= 32 && questions.length <= 512, `${count} classes: ${questions.length} spectra`)
    t.equal(new Set(questions.map(({ name }) => name)).size, questions.length)
    t.ok(questions.every(({ values }) => values.length === channels))
  }
})

t.test('every class and every limit is met, masked channels are null, flags are given', async (t) => {
  const questions = goldenQuestions(plan(['low', 'high'], [0.5]))
  const named = (part: string) => questions.filter(({ name }) => name.startsWith(part))
  t.strictSame([named('low').length, named('high').length, named('at 0.5').length], [6, 6, 4])
  t.equal(named('one channel masked')[0]?.values.filter((value) => value === null).length, 1)
  t.strictSame(named('saturated')[0]?.flags, ['saturated'])
  t.equal(named('empty light path')[0]?.values[0], 1)
})

t.test('spectra without an absolute meaning get other materials of their own level', async (t) => {
  const counts = { ...plan(['low', 'high']), mean: mean.map((value) => 5e6 * value), ratio: false }
  const questions = goldenQuestions(counts)
  const even = questions.find(({ name }) => name === 'even light')
  const level = counts.mean.reduce((sum, value) => sum + value / channels, 0)
  t.ok(Math.abs((even?.values[0] ?? 0) / level - 1) < 1e-5, 'even light is as bright as the mean of the set')
  t.notOk(questions.some(({ name }) => name === 'empty light path'))
})

t.test('a wide axis has fewer golden spectra, but never fewer than a bundle needs', async (t) => {
  const wide = new Float64Array(6000).fill(0.01)
  const objects = Array.from({ length: 200 }, (_, n) => ({ label: n % 20, assay: 0, values: wide }))
  const questions = goldenQuestions({ ...plan(Array.from({ length: 20 }, (_, k) => `class ${k}`)), objects, mean: wide })
  t.ok(questions.length >= 32 && questions.length * wide.length < 350_000, `${questions.length}`)
})
