import fc from 'fast-check'
import t from 'tap'
import { medianOf, quantileOf } from '../../src/preprocessing/order-statistics.js'

/** The same by sorting. */
const sorted = (values: readonly number[], fraction: number): number => {
  const order = values.toSorted((a, b) => a - b)
  const position = fraction * (order.length - 1)
  const low = order[Math.floor(position)] ?? Number.NaN
  const high = order[Math.ceil(position)] ?? Number.NaN
  return low + (high - low) * (position - Math.floor(position))
}

t.test('a quantile by selection is the quantile by sorting, with ties, and leaves what stands behind alone', async (t) => {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (list, fraction) => {
      const buffer = Float64Array.from([...list, 1e9, -1e9])
      const got = quantileOf(buffer, list.length, fraction)
      const want = sorted(list, fraction)
      return Math.abs(got - want) <= 1e-12 * Math.max(1, Math.abs(want)) && buffer[list.length] === 1e9 && buffer[list.length + 1] === -1e9
    }),
  )
  t.pass('as drawn')
})

t.test('a median is the middle value, or the mean of the two in the middle', async (t) => {
  t.equal(medianOf(Float64Array.of(5, 1, 3), 3), 3)
  t.equal(medianOf(Float64Array.of(5, 1, 3, 9), 4), 4)
  t.equal(medianOf(Float64Array.of(7), 1), 7)
  t.equal(medianOf(Float64Array.of(2, 2, 2, 2, 8), 5), 2)
  t.equal(quantileOf(Float64Array.of(4, 0, 3, 1, 2), 5, 0.25), 1)
  t.equal(quantileOf(Float64Array.of(4, 0, 3, 1, 2), 5, 1), 4)
})
