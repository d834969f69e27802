import t from 'tap'
import type { IncomingRequest, Response } from '../../src/delivery/contract.js'
import type { Message } from '../../src/delivery/message.js'
import { createRequests, MAX_REQUEST_BYTES, MAX_RUNNING, MAX_TRANSACTION } from '../../src/delivery/requests.js'
import type { Incoming } from '../../src/delivery/session.js'
import { createTopics } from '../../src/delivery/topics.js'
import { Failure } from '../../src/failures.js'

const incoming = (payload: string, more: Partial<Incoming> = {}): Incoming => ({
  topic: 'base/box/request/measure',
  payload: Buffer.from(payload),
  retained: false,
  responseTopic: null,
  correlationData: null,
  ...more,
})

const begin = (handler?: (request: IncomingRequest) => Promise<Response>) => {
  const replies: Message[] = []
  const seen: IncomingRequest[] = []
  const requests = createRequests(createTopics('base', 'box'), (message) => replies.push(message))
  requests.onRequest(async (request) => {
    seen.push(request)
    return handler ? handler(request) : { status: 'ok', data: { done: true }, error: null, transaction: request.transaction }
  })
  const ask = async (payload: string, more: Partial<Incoming> = {}) => {
    await requests.take(incoming(payload, more))
    return JSON.parse(replies.at(-1)?.payload ?? 'null')
  }
  return { requests, replies, seen, ask }
}

t.test('a request reaches the handler, and its response the topic of its verb', async (t) => {
  const { replies, seen, ask } = begin()
  t.strictSame(await ask('{"instrument":"demo-1","transaction":"t-1"}'), { status: 'ok', data: { done: true }, error: null, transaction: 't-1' })
  t.strictSame(seen, [{ verb: 'measure', content: { instrument: 'demo-1', transaction: 't-1' }, transaction: 't-1' }])
  t.match(replies, [{ topic: 'base/box/response/measure', retain: false, correlationData: null }])
  t.match(await ask('{"transaction":7}'), { transaction: '7' })
  t.match(await ask(''), { status: 'ok', transaction: null }, 'an empty message is a request without content')
  t.strictSame(seen.at(-1)?.content, {})
})

t.test('the response topic and the correlation data of MQTT 5 are honoured too', async (t) => {
  const { replies, seen, ask } = begin()
  const correlationData = Buffer.from([0xab, 0x01])
  await ask('{}', { responseTopic: 'desk/answers', correlationData })
  t.equal(seen[0]?.transaction, 'ab01')
  t.match(replies, [
    { topic: 'base/box/response/measure', correlationData: null },
    { topic: 'desk/answers', correlationData },
  ])
  replies.length = 0
  await ask('{}', { responseTopic: 'base/box/response/measure', correlationData })
  t.match(replies, [{ topic: 'base/box/response/measure', correlationData }])
  t.equal(replies.length, 1, 'once where both are the same')
  replies.length = 0
  for (const responseTopic of ['a/+', '#', '$SYS/x', '']) await ask('{}', { responseTopic })
  t.strictSame(new Set(replies.map(({ topic }) => topic)), new Set(['base/box/response/measure']), 'no topic that would cost the connection')
})

t.test('a retained request is refused and told why', async (t) => {
  const { requests, seen, ask } = begin()
  t.match(await ask('{"transaction":"t"}', { retained: true }), {
    status: 'error',
    data: null,
    error: { code: 'REQUEST_INVALID', message: /retained/ },
    transaction: 't',
  })
  t.strictSame(seen, [])
  t.equal(requests.refused, 1)
})

t.test('content that is not JSON is refused, and so is one over the limit', async (t) => {
  const { seen, ask } = begin()
  t.match(await ask('measure now!'), { status: 'error', error: { code: 'REQUEST_INVALID', message: /not JSON/ }, transaction: null })
  const empty = JSON.stringify({ a: '' })
  const sized = (bytes: number) => JSON.stringify({ a: 'x'.repeat(bytes - empty.length) })
  t.match(await ask(sized(MAX_REQUEST_BYTES)), { status: 'ok' })
  t.match(await ask(sized(MAX_REQUEST_BYTES + 1)), { status: 'error', error: { message: new RegExp(`${MAX_REQUEST_BYTES + 1} bytes`) } })
  t.equal(seen.length, 1)
})

t.test('a transaction longer than its limit is not one', async (t) => {
  const { ask } = begin()
  t.match(await ask(JSON.stringify({ transaction: 'x'.repeat(MAX_TRANSACTION) })), { transaction: 'x'.repeat(MAX_TRANSACTION) })
  t.match(await ask(JSON.stringify({ transaction: 'x'.repeat(MAX_TRANSACTION + 1) })), { transaction: null })
  t.match(await ask('{}', { correlationData: Buffer.alloc(MAX_TRANSACTION + 1) }), { transaction: null })
})

t.test('a handler that throws gives an error response', async (t) => {
  const { ask } = begin(async () => {
    throw new Failure('NO_INSTRUMENT', { where: 'demo-1' })
  })
  t.match(await ask('{"transaction":"t"}'), { status: 'error', error: { code: 'NO_INSTRUMENT', message: /demo-1/ }, transaction: 't' })
})

t.test('at the limit of running requests one more is refused', async (t) => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const { requests, replies } = begin(async ({ transaction }) => {
    await held
    return { status: 'ok', data: null, error: null, transaction }
  })
  const running = Array.from({ length: MAX_RUNNING }, () => requests.take(incoming('{}')))
  t.equal(requests.taken, MAX_RUNNING)
  await requests.take(incoming('{}'))
  t.match(JSON.parse(replies[0]?.payload ?? ''), { status: 'error', error: { message: /ask again/ } })
  release()
  await Promise.all(running)
  await requests.take(incoming('{}'))
  t.match(JSON.parse(replies.at(-1)?.payload ?? ''), { status: 'ok' })
})

t.test('a request before anybody handles requests is answered, and a topic that is none of ours is not', async (t) => {
  const replies: Message[] = []
  const requests = createRequests(createTopics('base', 'box'), (message) => replies.push(message))
  await requests.take(incoming('{}'))
  t.match(JSON.parse(replies[0]?.payload ?? ''), { status: 'error', error: { message: /before the agent has started/ } })
  await requests.take(incoming('{}', { topic: 'base/box/request/A B' }))
  t.equal(replies.length, 1)
})
