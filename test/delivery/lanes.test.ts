import t from 'tap'
import { jsonMessage } from '../../src/delivery/message.js'
import { createReplies, MAX_REPLIES } from '../../src/delivery/replies.js'
import { createRetained, MAX_RETAINED_TOPICS } from '../../src/delivery/retained.js'

t.test('of a retained topic the newest goes out, all of them after a reset, in the order they first came', async (t) => {
  const refused: string[] = []
  const retained = createRetained(
    () => {},
    ({ reason }, topic) => refused.push(`${reason} ${topic}`),
  )
  const drain = () => {
    const given: string[] = []
    for (let next = retained.next(); next !== null; next = retained.next()) {
      given.push(`${next.message.topic} ${next.message.payload}`)
      next.settled(next.message.payload === 'bad' ? { reason: 135 } : null)
    }
    return given
  }
  retained.set(jsonMessage('a', '1', true))
  retained.set(jsonMessage('b', '1', true))
  retained.set(jsonMessage('a', '2', true))
  t.strictSame(drain(), ['a 2', 'b 1'])
  t.strictSame(drain(), [])
  retained.set(jsonMessage('b', 'bad', true))
  retained.reset()
  t.strictSame(drain(), ['b bad', 'a 2'])
  t.strictSame(refused, ['135 b'])
})

t.test('at the limit a further topic is not kept and counts, a known one still changes', async (t) => {
  const retained = createRetained(
    () => {},
    () => {},
  )
  for (let n = 0; n < MAX_RETAINED_TOPICS; n++) retained.set(jsonMessage(`t${n}`, '', true))
  t.equal(retained.dropped, 0)
  retained.set(jsonMessage('one more', '', true))
  t.equal(retained.dropped, 1)
  retained.set(jsonMessage('t0', 'new', true))
  t.equal(retained.dropped, 1)
  t.match(retained.next(), { message: { topic: 't0', payload: 'new' } })
})

t.test('a reply that a lost connection interrupted goes out again, an acknowledged one does not', async (t) => {
  const replies = createReplies(
    () => {},
    () => {},
  )
  replies.add(jsonMessage('a', '1', false))
  replies.add(jsonMessage('b', '2', false))
  const first = replies.next()
  replies.next()
  t.equal(replies.next(), null)
  first?.settled(null)
  replies.reset()
  t.match(replies.next(), { message: { topic: 'b' } })
  t.equal(replies.next(), null)
})

t.test('at the limit of replies the oldest is dropped and counted', async (t) => {
  const replies = createReplies(
    () => {},
    () => {},
  )
  for (let n = 0; n < MAX_REPLIES; n++) replies.add(jsonMessage(`${n}`, '', false))
  t.equal(replies.dropped, 0)
  replies.add(jsonMessage('one more', '', false))
  t.equal(replies.dropped, 1)
  t.match(replies.next(), { message: { topic: '1' } })
})
