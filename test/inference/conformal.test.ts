import fc from 'fast-check'
import t from 'tap'
import { boundsOf, conformalQuantile, conformalSet } from '../../src/inference/conformal.js'
import { seededRandom } from '../../src/spectrum/random.js'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

t.test('the bound is the ceil((n + 1)(1 - alpha))-th smallest score', async (t) => {
  t.equal(conformalQuantile(upTo(19), 0.05), 19)
  t.equal(conformalQuantile(upTo(20), 0.05), 20)
  t.equal(conformalQuantile(upTo(39), 0.05), 38)
  t.equal(conformalQuantile(upTo(40), 0.05), 39)
  t.equal(conformalQuantile(upTo(99), 0.1), 90)
  t.equal(conformalQuantile(upTo(9), 0.7), 3, 'where 10 x 0.3 is not quite 3')
})

t.test('fewer than ceil(1 / alpha) - 1 objects give no bound', async (t) => {
  for (const [alpha, needed] of [
    [0.05, 19],
    [0.01, 99],
    [0.1, 9],
    [0.03, 33],
    [0.5, 1],
  ] as const) {
    t.equal(needed, Math.ceil(1 / alpha) - 1)
    t.equal(conformalQuantile(upTo(needed), alpha), needed, `${needed} at ${alpha}`)
    t.equal(conformalQuantile(upTo(needed - 1), alpha), null, `${needed - 1} at ${alpha}`)
  }
})

t.test('one more score of the same kind is within the bound as often as promised', async (t) => {
  const random = seededRandom(7)
  const rounds = 4000
  let within = 0
  for (let round = 0; round < rounds; round++) {
    const scores = Float64Array.from({ length: 39 }, () => random.gaussian()).sort()
    if (random.gaussian() <= (conformalQuantile(scores, 0.05) ?? Number.NaN)) within++
  }
  // Exactly 38 of 40 in expectation; 4 standard errors are 0.014.
  t.ok(Math.abs(within / rounds - 0.95) < 0.014, `${within / rounds}`)
})

t.test('a label is bounded by its own scores, else by the pooled ones, else the model is not bounded at all', async (t) => {
  const pooled = upTo(100).map((i) => i / 100)
  const own = upTo(39).map((i) => i / 1000)
  t.strictSame([...(boundsOf({ alpha: 0.05, pooled, classes: { b: own } }, ['a', 'b']) ?? [])], [0.96, 0.038])
  t.strictSame([...(boundsOf({ alpha: 0.02, pooled, classes: { b: own } }, ['a', 'b']) ?? [])], [0.99, 0.99], 'own scores too few at this alpha')
  t.equal(boundsOf({ alpha: 0.05, pooled: pooled.slice(0, 18), classes: { b: own } }, ['a', 'b']), null, 'a has none')
  t.strictSame([...(boundsOf({ alpha: 0.05, pooled: [], classes: { b: own } }, ['b']) ?? [])], [0.038], 'b needs no others')
  t.strictSame([...(boundsOf({ alpha: 0.05, pooled, classes: {} }, ['constructor']) ?? [])], [0.96])
})

t.test('whatever the scores, the set starts with the top label, and holds exactly the other labels within their bounds', async (t) => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true })
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, unit), { minLength: 2, maxLength: 8 }), (pairs) => {
        const scores = Float64Array.from(pairs, ([score]) => score)
        const bounds = Float64Array.from(pairs, ([, bound]) => bound)
        const set = conformalSet(
          pairs.map((_, i) => `${i}`),
          scores,
          bounds,
        ).map(Number)
        const largest = Math.max(...scores)
        const others = pairs.flatMap(([score, bound], i) => (i !== set[0] && 1 - score <= bound ? [i] : []))
        const falls = set.slice(1).every((label, i) => i === 0 || (scores[set[i] ?? 0] ?? 0) >= (scores[label] ?? 0))
        return scores[set[0] ?? -1] === largest && falls && [...set.slice(1)].sort().join() === others.sort().join()
      }),
    ),
  )
})
