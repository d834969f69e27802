import t from 'tap'
import type { Subjects } from '../../../src/training/contract.js'
import { planRepeats } from '../../../src/training/search/folds.js'

const subjects = (groups: readonly string[], truth: readonly number[]): Subjects => ({
  task: 'class',
  labels: ['a', 'b'],
  unit: null,
  ids: groups.map((_, n) => `${n}`),
  groups,
  truth,
  values: groups.map(() => Number.NaN),
  limits: null,
})
const thirty = subjects(
  Array.from({ length: 30 }, (_, n) => `object ${Math.floor(n / 2)}`),
  Array.from({ length: 30 }, (_, n) => (n < 16 ? 0 : 1)),
)

t.test('whole objects are left out, each spectrum once a repeat', async (t) => {
  for (const { folds, outer } of planRepeats(thirty, 5, 3, 1)) {
    t.strictSame(
      outer.flatMap(({ test }) => test).sort((a, b) => a - b),
      thirty.ids.map((_, n) => n),
    )
    for (const { train, test } of outer) {
      const learnt = new Set(train.map((n) => thirty.groups[n]))
      t.notOk(test.some((n) => learnt.has(thirty.groups[n])))
    }
    for (let n = 0; n < 30; n += 2) t.equal(folds[n], folds[n + 1])
  }
})

t.test('what chooses for a fold has seen neither that fold nor what it is tested on', async (t) => {
  for (const { outer, inner } of planRepeats(thirty, 5, 2, 7)) {
    t.equal(inner.length, 10, 'each pair of five folds once')
    for (const { train, tests } of inner)
      for (const { fold, rows } of tests) {
        const own = outer[fold]?.test ?? []
        t.notOk(train.some((n) => own.includes(n) || rows.includes(n)))
        t.notOk(rows.some((n) => own.includes(n)))
      }
    for (let fold = 0; fold < 5; fold++) {
      const rows = inner.flatMap(({ tests }) => tests.flatMap((test) => (test.fold === fold ? test.rows : [])))
      t.equal(new Set(rows).size, rows.length, 'each other spectrum chooses once')
      t.equal(rows.length + (outer[fold]?.test.length ?? 0), 30)
    }
  }
})

t.test('two groups alone: each judges the other, and the choice is made inside the one that trains', async (t) => {
  const two = subjects(
    Array.from({ length: 20 }, (_, n) => `day ${n % 2}`),
    Array.from({ length: 20 }, (_, n) => (n % 4 < 2 ? 0 : 1)),
  )
  const [repeat] = planRepeats(two, 5, 1, 1)
  t.equal(repeat?.outer.length, 2)
  for (const { train, tests } of repeat?.inner ?? [])
    for (const { fold, rows } of tests) {
      t.ok([...train, ...rows].every((n) => repeat?.folds[n] !== fold))
      t.notOk(rows.some((n) => train.includes(n)))
    }
})

t.test('a class that one fold holds whole is an error of the protocol, named with its cure', async (t) => {
  const alone = subjects(
    Array.from({ length: 12 }, (_, n) => (n < 3 ? 'only object' : `object ${n}`)),
    Array.from({ length: 12 }, (_, n) => (n < 3 ? 1 : 0)),
  )
  t.throws(() => planRepeats(alone, 5, 1, 1), { code: 'DATA_INVALID', message: /class "b".*one group.*--min-count/ })
  t.throws(() => planRepeats(subjects(['x', 'x'], [0, 1]), 5, 1, 1), { code: 'DATA_INVALID', message: /1 group.*at least 2/ })
})

t.test('the same seed gives the same folds, repeats differ', async (t) => {
  const folds = (seed: number) => planRepeats(thirty, 5, 2, seed).map((repeat) => repeat.folds)
  t.strictSame(folds(3), folds(3))
  t.notSame(folds(3), folds(4))
  t.notSame(folds(3)[0], folds(3)[1])
})
