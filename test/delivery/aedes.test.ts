import { type AddressInfo, createServer } from 'node:net'
import { Aedes, type AedesOptions } from 'aedes'
import t, { type Test } from 'tap'
import { BASE, brokerIs, deliveryTo, listen, result, seqs } from '../support/deliveries.js'
import { openLocalStore } from '../support/local-store.js'
import { GROUP_ORDER, OWN_ORDER, orderList } from '../support/order-list.js'

/** A broker that knows MQTT 3.1.1 alone and refuses 5. */
const begin = async (t: Test, options: AedesOptions = {}) => {
  const broker = await Aedes.createBroker(options)
  const server = createServer(broker.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  t.teardown(() => {
    broker.close()
    server.close()
  })
  return { broker, port, url: `mqtt://127.0.0.1:${port}` }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

t.test('a broker of MQTT 3.1.1 gets everything, requests and responses included', async (t) => {
  const { port, url } = await begin(t)
  const store = openLocalStore(t.testdir())
  const delivery = deliveryTo(url, store)
  delivery.onRequest(async ({ verb, content, transaction }) => ({ status: 'ok', data: { verb, content }, error: null, transaction }))
  for (let seq = 1; seq <= 50; seq++) await delivery.deliver(result(seq))
  const listener = await listen(port, 4)
  delivery.start()
  await listener.until(() => seqs(listener).length === 50)
  t.strictSame(seqs(listener), range(1, 50))
  t.strictSame(listener.payloads(`${BASE}/state`), ['online'])
  t.match(listener.payloads(`${BASE}/instrument/demo-1/last`).at(-1), /"seq":/)
  listener.client.publish(`${BASE}/request/measure`, '{"instrument":"demo-1","transaction":"t-9"}', { qos: 1 })
  await listener.until(() => listener.payloads(`${BASE}/response/measure`).length === 1)
  t.strictSame(JSON.parse(listener.payloads(`${BASE}/response/measure`)[0] ?? ''), {
    status: 'ok',
    data: { verb: 'measure', content: { instrument: 'demo-1', transaction: 't-9' } },
    error: null,
    transaction: 't-9',
  })
  await delivery.stop()
  await listener.until(() => listener.payloads(`${BASE}/state`).includes('offline'))
  t.strictSame(await store.read(0, 10), [])
  await listener.client.endAsync(true)
  await store.close()
})

t.test('a broker of MQTT 3.1.1 keeps the orders for an agent and its group, and hands them over at each connection', async (t) => {
  const { port, url } = await begin(t)
  const author = await listen(port, 4)
  const store = openLocalStore(t.testdir())
  await author.client.publishAsync(OWN_ORDER, 'a', { qos: 1, retain: true })
  await author.client.publishAsync(GROUP_ORDER, 'b', { qos: 1, retain: true })
  for (const expected of [
    ['docks default b', 'own default a'],
    ['docks default b', 'own default c'],
  ]) {
    const delivery = deliveryTo(url, store, {}, { groups: ['docks'] })
    const orders = orderList()
    delivery.onDesired(orders.take)
    delivery.start()
    t.strictSame(await orders.until(2), expected)
    await delivery.stop()
    await author.client.publishAsync(OWN_ORDER, 'c', { qos: 1, retain: true })
  }
  await author.client.endAsync(true)
  await store.close()
})

t.test('connections cut in mid flight and late PUBACKs: every result arrives at least once, first arrivals in order', async (t) => {
  const { broker, port, url } = await begin(t, {
    authorizePublish: (_client, _packet, done) => void setTimeout(() => done(null), 5),
  })
  const store = openLocalStore(t.testdir())
  const listener = await listen(port, 4)
  const delivery = deliveryTo(url, store)
  delivery.start()
  const total = 200
  let cut = () => {}
  broker.on('client', (client) => {
    if (client.id === 'spectro2mqtt-box-1') cut = () => client.close()
  })
  for (let seq = 1; seq <= total; seq++) {
    await delivery.deliver(result(seq))
    if (seq % 50 === 0) {
      await listener.until(() => seqs(listener).length >= seq / 2)
      cut()
    }
  }
  await listener.until(() => new Set(seqs(listener)).size === total)
  t.strictSame([...new Set(seqs(listener))], range(1, total))
  await delivery.stop()
  t.strictSame(await store.read(0, 10), [])
  await listener.client.endAsync(true)
  await store.close()
})

t.test('a wrong password is told with its cure', async (t) => {
  const { url } = await begin(t, {
    authenticate: (_client, username, password, done) =>
      username === 'box' && password?.toString() === 'right' ? done(null, true) : done(Object.assign(new Error('no'), { returnCode: 4 }), false),
  })
  const store = openLocalStore(t.testdir({ password: 'wrong\n' }))
  const delivery = deliveryTo(url, store, { username: 'box', passwordFile: `${t.testdirName}/password` })
  delivery.start()
  t.match(await brokerIs(delivery, 'waiting'), { failure: { code: 'BROKER_REFUSED', seen: /user name or password/, cure: /passwordFile/ } })
  await delivery.stop()
  await store.close()
})
