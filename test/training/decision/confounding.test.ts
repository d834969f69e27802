import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { cramersV, explainedVariance } from '../../../src/training/decision/association.js'
import { type ConfoundingTask, checkConfounding } from '../../../src/training/decision/confounding.js'
import { classifyBy } from '../../../src/training/decision/told-apart.js'
import { openLinearBench } from '../../../src/training/linear/bench.js'

const random = seededRandom(31)
const OBJECTS = 60

/** Sixty objects of two classes, two spectra each. `shift` moves the spectra of the second session. */
const subjects = (shift: number, columns: ConfoundingTask['columns']): ConfoundingTask => {
  const scans = Array.from({ length: 2 * OBJECTS }, (_, n) => ({ object: Math.floor(n / 2), truth: Math.floor(n / 2) % 2 }))
  const rows = scans.map(({ object, truth }) =>
    Float64Array.from(
      { length: 12 },
      (_, i) => Math.sin(i * (1 + truth)) + (i > 8 && sessionOf(object) === 'second' ? shift : 0) + 0.3 * random.gaussian(),
    ),
  )
  return {
    task: 'class',
    labels: ['PET', 'PVC'],
    truth: scans.map(({ truth }) => truth),
    values: scans.map(() => Number.NaN),
    groups: scans.map(({ object }) => `object ${object}`),
    columns,
    classify: classifyBy(openLinearBench(rows)),
    seed: 1,
  }
}
const sessionOf = (object: number) => (Math.floor(object / 2) % 2 === 0 ? 'first' : 'second')
const byObject = (word: (object: number) => string) => Array.from({ length: 2 * OBJECTS }, (_, n) => word(Math.floor(n / 2)))
const codes = (task: ConfoundingTask) => checkConfounding(task).map(({ code }) => code)

t.test('a session that predicts the label is told, even where each class has several sessions', async (t) => {
  const task = subjects(0, { session: byObject((object) => `day ${object % 2}${Math.floor(object / 20)}`) })
  const [found, ...others] = checkConfounding(task)
  t.match(found, { code: 'column-predicts', text: /"session" predicts the label .* each of its words has one label/ })
  t.strictSame(others, [])
})

t.test('few different numbers are sessions, but with a unit in the name of the column what the spectra should show', async (t) => {
  const cells = byObject((object) => (sessionOf(object) === 'first' ? '10' : '20'))
  t.strictSame(codes(subjects(2, { plate: cells })), ['sessions-differ'])
  t.strictSame(codes(subjects(2, { fat_pct: cells })), [])
})

t.test('of date and time the day counts', async (t) => {
  const stamped = byObject((object) => `2026-03-0${1 + (object % 2)}T10:${String(object).padStart(2, '0')}:00Z`)
  t.strictSame(codes(subjects(0, { measured: stamped })), ['column-predicts'])
})

t.test('a column that goes with the label in most objects is told in weaker words', async (t) => {
  const mostly = byObject((object) => (object % 10 === 0 ? 'rough' : object % 2 === 0 ? 'smooth' : 'rough'))
  t.match(checkConfounding(subjects(0, { surface: mostly })), [{ code: 'column-goes-with', text: /goes with the label \(Cramer's V 0\.8/ }])
})

t.test('sessions that both classes share, words of their own for each object and empty cells raise nothing', async (t) => {
  const columns = {
    session: byObject(sessionOf),
    object: byObject((object) => `object ${object}`),
    colour: byObject(() => ''),
  }
  t.strictSame(codes(subjects(0, columns)), [])
})

t.test('sessions that can be told apart within a class are told, on objects that were not learnt from', async (t) => {
  const found = checkConfounding(subjects(0.8, { session: byObject(sessionOf) }))
  t.match(found, [{ code: 'sessions-differ', text: /"session" can be told apart within P.. .*chance gives 50 %/ }])
})

t.test('a quantity that differs between the classes is told, one that does not is not', async (t) => {
  const columns = {
    thickness_mm: byObject((object) => `${(object % 2) * 5 + (object % 7) / 10 + object / 1000}`),
    mass_g: byObject((object) => `${2 + ((object * 37) % 60) / 60}`),
  }
  t.match(checkConfounding(subjects(0, columns)), [{ code: 'quantity-differs', text: /"thickness_mm" differs between the classes/ }])
})

t.test('a column with one word in the training and others outside is told', async (t) => {
  const columns = { scale: byObject(() => 'laboratory') }
  t.strictSame(codes(subjects(0, columns)), [])
  const found = checkConfounding({ ...subjects(0, columns), elsewhere: { scale: ['pilot', 'pilot', 'full', ''] } })
  t.match(found, [{ code: 'column-not-varied', text: /"scale" = laboratory, while the data also hold full, pilot/ }])
})

t.test('of a value: a batch that explains it is told, one that does not is not', async (t) => {
  const task = {
    ...subjects(0, { batch: byObject((object) => `${object % 3}x`), plate: byObject((object) => `${Math.floor(object / 20)}y`) }),
    task: 'value',
  } as const
  const values = byObject((object) => `${10 * (object % 3)}`).map((value) => Number(value) + 0.5 * random.gaussian())
  t.match(checkConfounding({ ...task, labels: ['assay'], values }), [
    { code: 'column-predicts', text: /"batch" predicts the value \(explains \d+ % of the variance/, count: 60 },
  ])
})

t.test('association is corrected for small tables', async (t) => {
  const units = Array.from({ length: 40 }, (_, n) => ({ label: n % 2, word: `${n}` }))
  t.equal(cramersV(units), 0, 'a word for each object')
  t.ok(cramersV(units.map(({ label }) => ({ label, word: `${label}` }))) > 1 - 1e-12)
  // By hand: table 8 2 / 2 8, chi2 / n = 0.36, phi2 = 0.36 - 1/19, k = r = 2 - 1/19.
  const cell = (count: number, label: number, word: string) => Array.from({ length: count }, () => ({ label, word }))
  const table = [...cell(8, 0, 'a'), ...cell(2, 0, 'b'), ...cell(2, 1, 'a'), ...cell(8, 1, 'b')]
  const value = cramersV(table)
  t.ok(Math.abs(value - Math.sqrt((0.36 - 1 / 19) / (1 - 1 / 19))) < 1e-12, `${value}`)
  // 1 - (within 4 / 4) / (total 100 / 5)
  t.ok(Math.abs(explainedVariance([0, 1, 2, 10, 9, 8], ['a', 'a', 'a', 'b', 'b', 'b']) - 0.95) < 1e-12)
  t.equal(explainedVariance([1, 2, 3], ['a', 'b', 'c']), 0)
})
