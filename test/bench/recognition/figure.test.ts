import t from 'tap'
import { atLeast, atMost, type Figure, reached, tableOf, tallied } from '../../../bench/recognition/figure.js'

const figure: Figure = {
  ...{ data: 'some_set', what: '3 classes', unit: '%', mean: 91.04, spread: 0.5, repeats: 5, bar: atLeast(92) },
  ...{ beside: [{ name: 'LDA', mean: 90, spread: null }], note: 'best: snv with pls' },
}

t.test('a bar is a floor or a ceiling, and what has none is neither reached nor missed', async (t) => {
  t.equal(reached(figure), false)
  t.equal(reached({ ...figure, mean: 92 }), true)
  t.equal(reached({ ...figure, bar: atMost(92) }), true)
  t.equal(reached({ ...figure, bar: null }), null)
})

t.test('a table says each figure with its spread and repeats, the bar, and that it was missed', async (t) => {
  const row = tableOf([figure]).split('\n').at(-1)
  t.equal(row, '| some_set | 3 classes | 91.0 ± 0.5 % (5) | at least 92.0 % | **no** | LDA 90.0 % | best: snv with pls |')
})

t.test('picks are counted, the most frequent first', async (t) => {
  t.equal(tallied(['a', 'b', 'b', 'c', 'b', 'a', 'd', 'e']), 'b 3, a 2, c 1, others 2')
})
