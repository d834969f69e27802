import t from 'tap'
import { Failure, isFailure } from '../../src/failures.js'
import { createBatcher, MAX_BATCH, MAX_WAITING } from '../../src/inference/batcher.js'
import type { Engine } from '../../src/inference/engine.js'

/** Doubles every value, one call at a time; a call ends when the test says so. */
const slowEngine = () => {
  const calls: { n: number; end: (failure?: Error) => void }[] = []
  let running = 0
  const engine: Engine = {
    inputs: 2,
    outputs: 2,
    predict: (batch, n) => {
      t.equal(running, 0, 'one call at a time')
      running++
      return new Promise((resolve, reject) => {
        const end = (failure?: Error) => {
          running--
          // Read only now: the buffer must not have been overwritten meanwhile.
          if (failure) reject(failure)
          else resolve(batch.map((value) => value * 2))
        }
        calls.push({ n, end })
      })
    },
    close: async () => undefined,
  }
  return { engine, calls }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))
const row = (value: number) => Float64Array.of(value, -value)

t.test('what waits while the engine works goes together into the next call, at most 16 rows of it', async (t) => {
  const { engine, calls } = slowEngine()
  const batcher = createBatcher(engine)
  const all = Array.from({ length: 20 }, (_, i) => batcher.run(row(i)))
  t.equal(batcher.waiting, 19)
  for (const expected of [1, MAX_BATCH, 3]) {
    t.equal(calls.at(-1)?.n, expected)
    calls.at(-1)?.end()
    await turn()
  }
  t.strictSame(
    (await Promise.all(all)).map((outputs) => outputs && [...outputs]),
    all.map((_, i) => [i * 2, -i * 2]),
  )
  t.equal(batcher.waiting, 0)
})

t.test('answers come in the order of the calls, also for rows that are not computed', async (t) => {
  const { engine, calls } = slowEngine()
  const batcher = createBatcher(engine)
  const order: string[] = []
  const note = (name: string, promise: Promise<Float32Array | null>) => promise.then((outputs) => order.push(`${name}:${outputs?.[0] ?? 'none'}`))
  const all = [note('a', batcher.run(row(1))), note('b', batcher.run(null)), note('c', batcher.run(row(3))), note('d', batcher.run(null))]
  await turn()
  t.strictSame(order, [])
  calls[0]?.end()
  await turn()
  t.strictSame(order, ['a:2'], 'b waits for a, and goes with c')
  calls[1]?.end()
  await Promise.all(all)
  t.strictSame(order, ['a:2', 'b:none', 'c:6', 'd:none'])
  t.equal(calls.length, 2)
})

t.test('a row that must not be computed asks the engine nothing', async (t) => {
  const { engine, calls } = slowEngine()
  t.equal(await createBatcher(engine).run(null), null)
  t.equal(calls.length, 0)
})

t.test('a failed call rejects its own rows, and the next ones are computed', async (t) => {
  const { engine, calls } = slowEngine()
  const batcher = createBatcher(engine)
  const first = batcher.run(row(1))
  const second = batcher.run(row(2))
  calls[0]?.end(new Error('out of memory'))
  await t.rejects(first, { code: 'INVARIANT', message: /out of memory/ })
  calls[1]?.end()
  t.strictSame([...((await second) ?? [])], [4, -4])
  const third = batcher.run(row(3))
  calls[2]?.end(new Failure('BUNDLE_INVALID'))
  await t.rejects(third, { code: 'BUNDLE_INVALID' }, 'a failure keeps its code')
})

t.test('a row of another length is refused, and so is one more than the limit', async (t) => {
  const { engine, calls } = slowEngine()
  const batcher = createBatcher(engine)
  await t.rejects(batcher.run(Float64Array.of(1, 2, 3)), { code: 'INVARIANT' })
  const all = Array.from({ length: MAX_WAITING + 1 }, (_, i) => batcher.run(row(i)))
  t.equal(batcher.waiting, MAX_WAITING)
  t.ok(isFailure(await batcher.run(row(0)).catch((error: unknown) => error), 'INVARIANT'))
  while (batcher.waiting > 0) {
    calls.at(-1)?.end()
    await turn()
  }
  calls.at(-1)?.end()
  t.equal((await Promise.all(all)).length, MAX_WAITING + 1)
})
