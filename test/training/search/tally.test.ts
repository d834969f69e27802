import t from 'tap'
import { tallyFor, tallyLogits, tallyValue } from '../../../src/training/search/tally.js'

const words = { task: 'class', limits: null, labels: ['a', 'b', 'c'] } as const
const present = [0, 1, 2]

/** By the definition: balanced error, and 0.3 of the class-wise mean of the log loss at the best of the temperatures 32, 16 ... 1/32. */
const byDefinition = (rows: readonly { logits: readonly number[]; truth: number }[]): number => {
  const classes = [...new Set(rows.map(({ truth }) => truth))]
  const mean = (of: (row: { logits: readonly number[]; truth: number }) => number) =>
    classes.reduce((sum, c) => {
      const own = rows.filter(({ truth }) => truth === c)
      return sum + own.reduce((all, row) => all + of(row) / own.length, 0) / classes.length
    }, 0)
  const wrong = mean(({ logits, truth }) => (logits.indexOf(Math.max(...logits)) === truth ? 0 : 1))
  const losses = Array.from({ length: 11 }, (_, k) => {
    const temperature = 32 / 2 ** k
    return mean(({ logits, truth }) => Math.log(logits.reduce((sum, value) => sum + Math.exp((value - (logits[truth] ?? 0)) / temperature), 0)))
  })
  return wrong + 0.3 * Math.min(...losses)
}

const rows = Array.from({ length: 40 }, (_, n) => ({
  truth: n % 7 === 0 ? 2 : n % 2,
  logits: [0, 1, 2].map((c) => 3 * Math.sin(n * (c + 1)) + (c === (n % 7 === 0 ? 2 : n % 2) ? 2 : 0)),
}))

t.test('the criterion is that of its definition, and sums of parts are the whole', async (t) => {
  const [whole, first, second] = [tallyFor(words), tallyFor(words), tallyFor(words)]
  rows.forEach(({ logits, truth }, n) => {
    const flat = Float64Array.from([9, ...logits])
    const answer = tallyLogits(whole, flat, 1, present, truth)
    t.equal(answer, logits.indexOf(Math.max(...logits)))
    tallyLogits(n < 15 ? first : second, flat, 1, present, truth)
  })
  t.ok(Math.abs(whole.criterion() - byDefinition(rows)) < 1e-12, `${whole.criterion()} ${byDefinition(rows)}`)
  first.add(second)
  t.ok(Math.abs(first.criterion() - whole.criterion()) < 1e-12)
})

t.test('of two settings without an error the surer one is better, on whatever scale its outputs are', async (t) => {
  const of = (margin: number, scale: number) => {
    const tally = tallyFor(words)
    for (let n = 0; n < 30; n++)
      tallyLogits(
        tally,
        Float64Array.from(present, (c) => scale * (c === n % 3 ? margin : Math.cos(n + c) / 2)),
        0,
        present,
        n % 3,
      )
    return tally.criterion()
  }
  t.ok(of(3, 1) < of(0.6, 1))
  t.ok(Math.abs(of(3, 1) - of(3, 0.25)) < 1e-9, 'a factor of the outputs changes nothing')
})

t.test('classes that a part does not hold are no answer', async (t) => {
  const tally = tallyFor(words)
  t.equal(tallyLogits(tally, Float64Array.of(1, 5), 0, [0, 2], 2), 2)
  t.ok(Number.isFinite(tally.criterion()))
})

t.test('values are judged by their root mean square error', async (t) => {
  const tally = tallyFor({ task: 'value', limits: null, labels: ['x'] })
  tallyValue(tally, 3, 1)
  tallyValue(tally, 1, 1)
  t.equal(tally.criterion(), Math.sqrt(2))
})

t.test('of values with changed copies the error is a geometric mean that the spectra themselves lead', async (t) => {
  const [whole, part] = [tallyFor({ task: 'value', limits: null, labels: ['x'] }), tallyFor({ task: 'value', limits: null, labels: ['x'] })]
  tallyValue(whole, 3, 1)
  tallyValue(whole, 9, 1, true)
  tallyValue(part, 1, 3)
  tallyValue(part, 1, 9, true)
  whole.add(part)
  t.ok(Math.abs(whole.criterion() - 2 ** 0.8 * 8 ** 0.2) < 1e-12, `${whole.criterion()}`)
  tallyValue(part, 1, 1)
  t.ok(part.criterion() < whole.criterion())
})
