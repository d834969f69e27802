import t from 'tap'
import { foldsOf, splitRows } from '../../src/training/split.js'

const rows = Array.from({ length: 40 }, (_, n) => ({
  id: `${n}`,
  labels: { object: n < 30 ? `object ${Math.floor(n / 3)}` : '', set: n % 4 === 0 ? 'test' : n % 4 === 1 ? '' : 'train' },
  values: new Float64Array(1),
}))
const groups = rows.map(({ id, labels: { object } }) => object || `row ${id}`)
const single = rows.map(({ id }) => `row ${id}`)
const labels = rows.map((_, n) => (n % 30 < 15 ? 'a' : 'b'))

t.test('by a column: rows with another word, or none, take no part', async (t) => {
  const { train, test } = splitRows(rows, labels, single, { column: 'set', train: ['train'], test: ['test'] }, 1)
  t.ok(test.every((n) => n % 4 === 0) && test.length === 10)
  t.ok(train.every((n) => n % 4 > 1) && train.length === 20)
})

t.test('by chance: objects stay whole, empty cells are objects of their own, each label gives its share', async (t) => {
  const { train, test } = splitRows(rows, labels, groups, { share: 0.25 }, 7)
  t.strictSame(
    [...train, ...test].sort((a, b) => a - b),
    rows.map((_, n) => n),
  )
  for (const n of test) if (n < 30) for (const twin of [0, 1, 2]) t.ok(test.includes(3 * Math.floor(n / 3) + twin), `object of ${n}`)
  for (const label of ['a', 'b']) {
    const share = test.filter((n) => labels[n] === label).length / labels.filter((own) => own === label).length
    t.ok(share > 0.1 && share < 0.4, `${label}: ${share}`)
  }
  t.strictSame(splitRows(rows, labels, groups, { share: 0.25 }, 7), { train, test })
  t.notSame(splitRows(rows, labels, groups, { share: 0.25 }, 8), { train, test })
})

t.test('folds keep objects whole and are of equal size', async (t) => {
  const folds = foldsOf(groups, labels, 5, 3)
  for (let n = 0; n < 30; n++) t.equal(folds[n], folds[3 * Math.floor(n / 3)])
  const sizes = [0, 1, 2, 3, 4].map((fold) => folds.filter((own) => own === fold).length)
  t.ok(Math.max(...sizes) - Math.min(...sizes) <= 2, `${sizes}`)
})

t.test('a part that stays empty is refused', async (t) => {
  t.throws(() => splitRows(rows, labels, single, { column: 'set', train: ['train'], test: ['exam'] }, 1), { code: 'DATA_INVALID' })
})

t.test('a label of two groups is never in one fold alone, whatever the sizes of the groups', async (t) => {
  for (let seed = 0; seed < 20; seed++) {
    // Twenty large groups of one label, and two small ones of another; a group of each label too.
    const names = [...Array.from({ length: 100 }, (_, n) => `big ${n % 20}`), 'x', 'y', 'z', 'z']
    const words = [...new Array<string>(100).fill('common'), 'rare', 'rare', 'common', 'scarce']
    const folds = foldsOf(names, words, 5, seed)
    t.not(folds[100], folds[101], `seed ${seed}`)
    t.equal(folds[102], folds[103], 'a group with two labels stays whole')
  }
})

t.test('a group that a column of parts tears apart is named', async (t) => {
  const torn = rows.map(() => 'one object')
  t.throws(() => splitRows(rows, labels, torn, { column: 'set', train: ['train'], test: ['test'] }, 1), {
    code: 'DATA_INVALID',
    message: /spectrum "0".*one object on both sides/,
  })
})
