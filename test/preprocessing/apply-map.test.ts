import fc from 'fast-check'
import t from 'tap'
import { mapRunner } from '../../src/preprocessing/apply-map.js'
import { composed, composedTaps, linearMap, type Row } from '../../src/preprocessing/linear-map.js'

/** y = bias + W x by the definition, tap by tap. */
const plainly = (rows: readonly Row[], x: Float64Array): number[] =>
  rows.map(({ taps, bias = 0 }) => taps.reduce((sum, [column, weight]) => sum + weight * (x[column] ?? 0), bias))

const near = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length &&
  Array.from(a).every((value, i) => {
    const other = b[i] ?? Number.NaN
    return Number.isNaN(value) ? Number.isNaN(other) : Math.abs(value - other) <= 1e-9 * (1 + Math.abs(other))
  })

const INPUTS = 24
const weight = fc.double({ min: -10, max: 10, noNaN: true })
const value = fc.oneof({ weight: 9, arbitrary: weight }, { weight: 1, arbitrary: fc.constant(Number.NaN) })
const spectrum = fc.array(value, { minLength: INPUTS, maxLength: INPUTS }).map((values) => Float64Array.from(values))

/** Stretches of a convolution, with one kernel or one for each row, or moving on by two, single bands, rows with gaps, empty rows and rows that are never fed. */
const rowBlock = (inputs: number): fc.Arbitrary<readonly Row[]> =>
  fc.oneof(
    fc
      .record({
        start: fc.nat(inputs - 12),
        taps: fc.integer({ min: 1, max: 4 }),
        rows: fc.integer({ min: 1, max: 9 }),
        shared: fc.boolean(),
        step: fc.integer({ min: 1, max: 2 }),
        seed: fc.array(weight, { minLength: 36, maxLength: 36 }),
      })
      .map(({ start, taps, rows, shared, step, seed }) =>
        Array.from(
          { length: rows },
          (_, r): Row => ({
            taps: Array.from({ length: taps }, (_, k) => [Math.min(start + r * step, inputs - taps) + k, seed[shared ? k : r * 4 + k] ?? 1] as const),
            bias: seed[r] ?? 0,
          }),
        ),
      ),
    fc.array(fc.tuple(fc.nat(inputs - 1), weight), { maxLength: 5 }).map((taps) => [{ taps }]),
    fc.constant([{ taps: [], bias: Number.NaN }]),
  )
const rowsOn = (inputs: number) => fc.array(rowBlock(inputs), { minLength: 1, maxLength: 4 }).map((blocks) => blocks.flat())

t.test('the fast loops give what the definition gives, masks included', async () => {
  fc.assert(
    fc.property(rowsOn(INPUTS), spectrum, (rows, x) => {
      const y = new Float64Array(rows.length)
      mapRunner(linearMap(INPUTS, rows))(x, y)
      return near(y, plainly(rows, x))
    }),
  )
})

t.test('one kernel that jumps, and two kernels side by side, are each applied where they stand', async (t) => {
  const x = Float64Array.from({ length: INPUTS }, (_, i) => (i * i) % 7)
  const stretch = (start: number, kernel: readonly number[]): Row[] =>
    Array.from({ length: 4 }, (_, r) => ({ taps: kernel.map((weight, k) => [start + r + k, weight] as const) }))
  for (const rows of [
    [...stretch(0, [1, -2, 1]), ...stretch(10, [1, -2, 1])],
    [...stretch(0, [1, -2, 1]), ...stretch(4, [1, -2, 3])],
  ]) {
    const y = new Float64Array(8)
    mapRunner(linearMap(INPUTS, rows))(x, y)
    t.strictSame([...y], plainly(rows, x))
  }
})

t.test('two maps folded into one give what the two give one after the other, masks included', async (t) => {
  fc.assert(
    fc.property(
      rowsOn(INPUTS).chain((first) =>
        fc.tuple(fc.constant(first), first.length > 12 ? rowsOn(first.length) : fc.constant([{ taps: [[0, 2] as const], bias: 1 }])),
      ),
      spectrum,
      ([first, second], x) => {
        const y = new Float64Array(second.length)
        mapRunner(composed(linearMap(first.length, second), linearMap(INPUTS, first)))(x, y)
        return near(y, plainly(second, Float64Array.from(plainly(first, x))))
      },
    ),
  )
  t.equal(
    composedTaps(
      linearMap(2, [
        {
          taps: [
            [0, 1],
            [1, 1],
          ],
        },
      ]),
      linearMap(3, [
        {
          taps: [
            [0, 1],
            [1, 1],
          ],
        },
        { taps: [[2, 1]] },
      ]),
    ),
    3,
  )
})

t.test('a tap of weight 0 still spreads a mask, and a gap between taps does not', async (t) => {
  const x = Float64Array.of(1, Number.NaN, 3)
  const y = new Float64Array(2)
  mapRunner(
    linearMap(3, [
      {
        taps: [
          [0, 1],
          [1, 0],
          [2, 1],
        ],
      },
      {
        taps: [
          [0, 1],
          [2, 1],
        ],
      },
    ]),
  )(x, y)
  t.strictSame([...y], [Number.NaN, 4])
})
