import t from 'tap'
import { Failure } from '../../src/failures.js'
import { patiently, STORE_RETRY_MS } from '../../src/station/patient.js'
import { manualClock } from '../support/manual-clock.js'

/** A store that fails as often as it is told to, one try after the other. */
const bench = () => {
  const clock = manualClock()
  const halt = new AbortController()
  const committed: string[] = []
  const told: string[] = []
  const tries: string[] = []
  let failing = 0
  let error: Error = new Failure('STORE_FAILED', { seen: 'disk full' })
  const commit = async (name: string) => {
    tries.push(name)
    await undefined
    if (failing-- > 0) throw error
    committed.push(name)
  }
  const deliver = patiently(commit, clock, halt.signal, ({ code }) => told.push(code))
  return {
    ...{ clock, halt, committed, told, tries, deliver },
    fail: (times: number, how: Error = error) => {
      failing = times
      error = how
    },
  }
}

t.test('a store that works is asked once for each, and nothing is told', async (t) => {
  const { deliver, committed, told, tries } = bench()
  await Promise.all(['a', 'b', 'c'].map(deliver))
  t.strictSame(committed, ['a', 'b', 'c'])
  t.strictSame(tries, ['a', 'b', 'c'])
  t.strictSame(told, [])
})

t.test('while one waits, later ones wait behind it, however often it fails', async (t) => {
  const { deliver, committed, clock, fail, tries } = bench()
  fail(3)
  const all = [deliver('a')]
  await clock.advance(0)
  all.push(deliver('b'), deliver('c'))
  await clock.advance(2 * STORE_RETRY_MS)
  t.strictSame(committed, [], 'nothing overtakes')
  t.strictSame(tries, ['a', 'a', 'a'])
  await clock.advance(STORE_RETRY_MS)
  await Promise.all(all)
  t.strictSame(committed, ['a', 'b', 'c'])
  all.push(deliver('d'))
  await Promise.all(all)
  t.equal(clock.sleepers, 0, 'and then nobody waits any more')
})

t.test('those that failed together are committed in the order in which they were given', async (t) => {
  const { deliver, committed, clock, fail } = bench()
  fail(4)
  const all = ['a', 'b', 'c'].map(deliver)
  await clock.advance(2 * STORE_RETRY_MS)
  await Promise.all(all)
  t.strictSame(committed, ['a', 'b', 'c'])
})

t.test('the first failure of a spell is told, and the next spell again', async (t) => {
  const { deliver, clock, fail, told } = bench()
  fail(5)
  const first = ['a', 'b'].map(deliver)
  await clock.advance(5 * STORE_RETRY_MS)
  await Promise.all(first)
  t.strictSame(told, ['STORE_FAILED'])
  fail(1)
  const second = deliver('c')
  await clock.advance(STORE_RETRY_MS)
  await second
  t.strictSame(told, ['STORE_FAILED', 'STORE_FAILED'])
})

t.test('what can never be committed rejects at once and holds up nothing', async (t) => {
  const { deliver, committed, fail, told } = bench()
  fail(1, new Failure('DATA_INVALID', { seen: 'too long' }))
  await t.rejects(deliver('a'), { code: 'DATA_INVALID' })
  await deliver('b')
  t.strictSame(committed, ['b'])
  fail(1, new TypeError('a mistake of ours'))
  await t.rejects(deliver('c'), { code: 'INVARIANT' })
  t.strictSame(told, [])
})

t.test('a stop ends all waiting with ABORTED', async (t) => {
  const { deliver, clock, fail, halt } = bench()
  fail(100)
  const all = ['a', 'b'].map((name) => deliver(name).catch(({ code }) => code))
  await clock.advance(STORE_RETRY_MS)
  halt.abort()
  t.strictSame(await Promise.all(all), ['ABORTED', 'ABORTED'])
  t.equal(clock.sleepers, 0)
})
