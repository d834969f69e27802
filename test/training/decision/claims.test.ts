import t from 'tap'
import { checkFlattery, checkSizes, objectsFor } from '../../../src/training/decision/claims.js'

const sized = (counts: readonly number[]) => {
  const truth = counts.flatMap((count, c) => new Array<number>(count).fill(c))
  return { task: 'class', labels: ['a', 'b', 'c'], truth, groups: truth.map((_, n) => `object ${n}`) } as const
}

t.test('classes of few objects are told, with the interval of their recall and the number that it would take', async (t) => {
  const [found, ...others] = checkSizes(sized([8, 40, 19]), [0.75, 0.9, 0.9])
  t.match(found, { code: 'few-objects', count: 2, text: /a \(8\), c \(19\)/ })
  // Wilson for 6 of 8, computed apart: 0.409 to 0.929.
  t.match(found?.text, /With 8 a recall of 75 % may as well be 41 % or 93 %; 70 objects would tell it to within 10 points/)
  t.strictSame(others, [])
  t.strictSame(checkSizes(sized([20, 20, 30])), [])
})

t.test('objects are counted, not spectra', async (t) => {
  const subjects = sized([60, 60, 60])
  t.match(checkSizes({ ...subjects, groups: subjects.groups.map((_, n) => `object ${Math.floor(n / 6)}`) }), [{ code: 'few-objects', count: 3 }])
})

t.test('the number of objects is the smallest whose Wilson interval is narrow enough', async (t) => {
  const half = (n: number, p: number) => (1.959964 / (1 + 3.841459 / n)) * Math.sqrt((p * (1 - p)) / n + 3.841459 / (4 * n * n))
  for (const recall of [0.5, 0.75, 0.9]) {
    const n = objectsFor(recall)
    t.ok(half(n, recall) <= 0.1 && half(n - 1, recall) > 0.1, `${recall}: ${n}`)
  }
})

t.test('of a value model the error itself is uncertain', async (t) => {
  const value = {
    task: 'value',
    labels: ['assay'],
    truth: new Array<number>(18).fill(0),
    groups: Array.from({ length: 18 }, (_, n) => `${n}`),
  } as const
  t.match(checkSizes(value), [{ code: 'few-objects', text: /18 objects .* about 17 % of itself/ }])
})

t.test('a split without groups that flatters is told, one that differs by chance is not', async (t) => {
  const say = (figure: number) => `${(100 * figure).toFixed(1)} %`
  const grouped = [0.8, 0.82, 0.78]
  t.match(checkFlattery({ grouped, single: [0.95, 0.94, 0.96], better: 'higher', say }), [
    { code: 'ungrouped-flatters', text: /would be 95\.0 % instead of 80\.0 %/ },
  ])
  t.strictSame(checkFlattery({ grouped, single: [0.83, 0.8, 0.82], better: 'higher', say }), [])
  t.strictSame(checkFlattery({ grouped: [3, 3.1, 2.9], single: [4, 4.1, 3.9], better: 'lower', say }), [])
  t.equal(checkFlattery({ grouped: [4, 4.1, 3.9], single: [3, 3.1, 2.9], better: 'lower', say }).length, 1)
})
