import t from 'tap'
import { BLOCK, createNumbers } from '../../src/station/numbers.js'

const bench = (first: number) => {
  let reserved = first
  const asked: number[] = []
  let failing = false
  const next = createNumbers(async (count) => {
    asked.push(count)
    if (failing) throw new Error('disk full')
    reserved += count
    return reserved
  }, first)
  return {
    next,
    asked,
    fail: (on: boolean) => {
      failing = on
    },
  }
}

t.test('numbers rise by one across blocks, and a block is fetched once', async (t) => {
  const { next, asked } = bench(5001)
  const given: number[] = []
  for (let i = 0; i < 2 * BLOCK + 5; i++) given.push(await next())
  t.strictSame(
    given,
    Array.from({ length: 2 * BLOCK + 5 }, (_, i) => 5001 + i),
  )
  t.strictSame(asked, [BLOCK, BLOCK])
})

t.test('two callers at the end of a block get two numbers', async (t) => {
  const { next } = bench(1)
  for (let i = 0; i < BLOCK; i++) await next()
  const pair = await Promise.all([next(), next()])
  t.strictSame(pair, [BLOCK + 1, BLOCK + 2])
})

t.test('a store that fails costs no number and is asked again', async (t) => {
  const { next, fail } = bench(1)
  fail(true)
  for (let i = 1; i <= BLOCK; i++) t.equal(await next(), i)
  await t.rejects(async () => next(), /disk full/)
  fail(false)
  t.equal(await next(), BLOCK + 1)
})
