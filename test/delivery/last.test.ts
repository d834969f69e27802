import t from 'tap'
import { createLast, LAST_EVERY_MS } from '../../src/delivery/last.js'
import { manualClock } from '../support/manual-clock.js'

const begin = () => {
  const clock = manualClock()
  const stop = new AbortController()
  const published: string[] = []
  const last = createLast(clock, stop.signal, (topic, payload) => published.push(`${topic} ${payload}`))
  return { clock, stop, published, last }
}

t.test('the first answer goes out at once, then the newest of each second', async (t) => {
  const { clock, published, last } = begin()
  for (let seq = 1; seq <= 5; seq++) last.offer('a', seq, `${seq}`)
  t.strictSame(published, ['a 1'])
  await clock.advance(LAST_EVERY_MS - 1)
  t.strictSame(published, ['a 1'])
  await clock.advance(1)
  t.strictSame(published, ['a 1', 'a 5'])
  await clock.advance(LAST_EVERY_MS)
  last.offer('a', 6, '6')
  t.strictSame(published, ['a 1', 'a 5', 'a 6'], 'after a quiet second at once again')
})

t.test('a lower seq than before is never shown', async (t) => {
  const { clock, published, last } = begin()
  last.offer('a', 7, '7')
  last.offer('a', 9, '9')
  last.offer('a', 8, '8')
  last.offer('a', 9, 'again')
  await clock.advance(LAST_EVERY_MS)
  last.offer('a', 3, '3')
  await clock.advance(LAST_EVERY_MS)
  t.strictSame(published, ['a 7', 'a 9'])
})

t.test('instruments do not wait for each other, and a stop shows what waits', async (t) => {
  const { stop, published, last } = begin()
  last.offer('a', 1, '1')
  last.offer('b', 1, '1')
  last.offer('a', 2, '2')
  last.flush()
  last.flush()
  stop.abort()
  t.strictSame(published, ['a 1', 'b 1', 'a 2'])
})
