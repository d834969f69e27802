import fc from 'fast-check'
import t from 'tap'
import { accuracyOf, expectHonest, itemHalves, rowHalves, someOfEach } from '../../../bench/recognition/splits.js'
import { seededRandom } from '../../../src/spectrum/random.js'

/** Three classes of items with one to three spectra each; an item's name may be used in two classes. */
const material = fc
  .array(fc.record({ label: fc.constantFrom('a', 'b', 'c'), item: fc.integer({ min: 0, max: 5 }), spectra: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 1,
    maxLength: 24,
  })
  .map((list) => list.flatMap(({ label, item, spectra }) => Array.from({ length: spectra }, () => ({ label, item: `${label} ${item}` }))))

t.test('no item is on both sides of halves, and every spectrum is on one', async (t) => {
  fc.assert(
    fc.property(material, fc.integer(), (rows, seed) => {
      const items = rows.map(({ item }) => item)
      const { train, test } = itemHalves(
        rows.map(({ label }) => label),
        items,
        seededRandom(seed),
      )
      const learnt = new Set(train.map((n) => items[n]))
      return (
        train.length + test.length === rows.length && new Set([...train, ...test]).size === rows.length && test.every((n) => !learnt.has(items[n]))
      )
    }),
  )
  t.pass('for any items')
})

t.test('of an odd number of items the larger half is learnt from', async (t) => {
  const { train, test } = itemHalves(['a', 'a', 'a'], ['1', '2', '3'], seededRandom(1))
  t.same([train.length, test.length], [2, 1])
})

t.test('halves of spectra and some of each class leave nothing out and nothing twice', async (t) => {
  const labels = ['a', 'b', 'a', 'b', 'a', 'a']
  const { train, test } = rowHalves(labels, seededRandom(3))
  t.same([...train, ...test].sort(), [0, 1, 2, 3, 4, 5])
  t.equal(train.filter((n) => labels[n] === 'a').length, 2)
  const { some, rest } = someOfEach(labels, [0, 1, 2, 3, 4], 1, seededRandom(3))
  t.same([...some, ...rest].sort(), [0, 1, 2, 3, 4])
  t.same(some.map((n) => labels[n]).sort(), ['a', 'b'])
})

t.test('an object on both sides, or a class that was not learnt, is an error of the protocol', async (t) => {
  const groups = ['x', 'x', 'y', 'z']
  const labels = ['a', 'a', 'a', 'b']
  t.doesNotThrow(() => expectHonest({ train: [0, 1], test: [2] }, groups, labels))
  t.throws(() => expectHonest({ train: [0, 2], test: [1] }, groups, labels), { code: 'DATA_INVALID', message: /on both sides/ })
  t.throws(() => expectHonest({ train: [0, 1], test: [2, 3] }, groups, labels), { code: 'DATA_INVALID', message: /not in training/ })
  t.throws(() => expectHonest({ train: [0], test: [] }, groups, labels), { code: 'DATA_INVALID', message: /nothing to judge/ })
})

t.test('labels that fall below chance raise an error instead of a figure', async (t) => {
  const truth = Array.from({ length: 200 }, (_, n) => n % 2)
  const turned = truth.map((own) => 1 - own)
  t.throws(() => accuracyOf(turned, truth, 'turned'), { code: 'DATA_INVALID', message: /guessing gives 50/ })
  const guessed = truth.map((_, n) => (n % 4 < 2 ? 0 : 1))
  t.equal(accuracyOf(guessed, truth, 'guessed'), 0.5)
  t.equal(accuracyOf(truth, truth, 'right'), 1)
})
