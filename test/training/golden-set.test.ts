import t from 'tap'
import type { Population } from '../../src/datasets/population.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { goldenQuestions } from '../../src/training/golden-set.js'

const channels = 30
const line = (height: number) => Array.from({ length: channels }, (_, i) => height * Math.sin(i / 3))
const population: Population = {
  format: 1,
  name: 'made-up',
  source: 'numbers of this test',
  quantity: 'absorbance',
  axis: { kind: 'wavelength', values: Array.from({ length: channels }, (_, i) => 1000 + i) },
  assay: { unit: 'class', mean: 0.5, low: 0, high: 1, residualSd: 0 },
  mean: line(0.2).map((value) => 3 + value),
  components: [{ assay: 0.5, spectrum: line(0.1) }],
  residual: { sd: line(0).map(() => 0.001), correlation: 0 },
}
const plan = (labels: readonly string[], edges: readonly number[] = []) => ({
  population,
  classOf: (assay: number) => Math.round(assay * (labels.length - 1)),
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
