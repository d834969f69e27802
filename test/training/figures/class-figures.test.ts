import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { type ClassAnswers, classFigures } from '../../../src/training/figures/class-figures.js'

/** Three classes of 4, 3 and 2 spectra; the last class is never recognised, one spectrum has no answer. */
const answers: ClassAnswers = {
  labels: ['a', 'b', 'c'],
  truth: [0, 0, 0, 0, 1, 1, 1, 2, 2],
  groups: ['1', '1', '2', '3', '4', '5', '5', '6', '7'],
  top: [0, 0, 0, 1, 1, 1, -1, 0, 1],
  sets: [[0], [0], [0, 1], [1], [1], [1, 0], null, [0, 2], [1]],
  gated: [true, true, true, true, true, true, true, true, false],
  accepted: [true, true, false, true, true, false, false, false, false],
}
const near = (got: number | undefined, want: number) => Math.abs((got ?? Number.NaN) - want) < 1e-12

t.test('figures of all spectra: the forced answer counts whatever the gate says, coverage counts what it lets pass', async (t) => {
  const { overall } = classFigures(answers, seededRandom(1))
  t.ok(near(overall.accuracy.value, 5 / 9))
  t.ok(near(overall['balanced-accuracy'].value, (3 / 4 + 2 / 3 + 0) / 3))
  // 2 right / (in the class + answered): a 6 / (4 + 4), b 4 / (3 + 4), c 0.
  t.ok(near(overall['macro-f1'].value, (6 / 8 + 4 / 7 + 0) / 3), `${overall['macro-f1'].value}`)
  t.ok(near(overall['accepted-accuracy'].value, 3 / 4))
  t.ok(near(overall['accepted-share'].value, 4 / 9))
  t.ok(near(overall.coverage.value, 6 / 7), `${overall.coverage.value}`)
  t.ok(near(overall['set-size'].value, 10 / 7))
})

t.test('figures of each class, over its objects', async (t) => {
  const { perClass } = classFigures(answers, seededRandom(1))
  const [a, b, c] = perClass
  t.match(
    [a, b, c],
    [
      { label: 'a', objects: 3, spectra: 4, setSize: 5 / 4, accepted: 3 / 4 },
      { label: 'b', objects: 2, spectra: 3, setSize: 3 / 2, accepted: 1 / 3 },
      { label: 'c', objects: 2, spectra: 2, setSize: 2, accepted: 0 },
    ],
  )
  t.ok(near(a?.recall.value, 3 / 4) && near(a?.precision.value, 3 / 4) && near(a?.coverage?.value, 3 / 4))
  t.ok(near(b?.recall.value, 2 / 3) && near(b?.precision.value, 2 / 4) && near(b?.coverage?.value, 1))
  t.strictSame([c?.recall.value, c?.precision.value, c?.coverage?.value], [0, 0, 1])
  const [low, high] = a?.recall.interval ?? [1, 0]
  t.ok(low === 0 && high === 1, 'the object that was missed may be drawn three times, or never')
})

t.test('without prediction sets there is no coverage, and a class without spectra has no part in the means', async (t) => {
  const { overall, perClass } = classFigures({ ...answers, sets: answers.sets.map(() => null), labels: ['a', 'b', 'c', 'd'] }, seededRandom(1))
  t.ok(Number.isNaN(overall.coverage.value))
  t.equal(overall.coverage.interval, null)
  t.strictSame(
    perClass.map(({ coverage, setSize }) => [coverage, setSize]),
    new Array(4).fill([null, null]),
  )
  t.ok(near(overall['balanced-accuracy'].value, (3 / 4 + 2 / 3 + 0) / 3))
  t.equal(perClass[3]?.spectra, 0)
})
