import t from 'tap'
import { BASE, brokerIs, deliveryTo, listen } from '../support/deliveries.js'
import { openLocalStore } from '../support/local-store.js'
import { startMosquitto, withoutMosquitto } from '../support/mosquitto.js'
import { GROUP_ORDER, OWN_ORDER, orderList } from '../support/order-list.js'

const retained = { qos: 1, retain: true } as const

t.test(
  'retained orders of an agent and of its group come at each connection, with what was ordered meanwhile',
  { skip: withoutMosquitto },
  async (t) => {
    const directory = t.testdir()
    const broker = await startMosquitto(directory)
    const author = await listen(broker.port, 4)
    const store = openLocalStore(directory)
    await author.client.publishAsync(OWN_ORDER, 'a', retained)
    await author.client.publishAsync(GROUP_ORDER, 'b', retained)
    await author.client.publishAsync('spectro2mqtt/_group/others/model/default/desired', 'not for us', retained)
    const begin = () => {
      const delivery = deliveryTo(`mqtt://127.0.0.1:${broker.port}`, store, {}, { groups: ['docks'] })
      const orders = orderList()
      delivery.onDesired(orders.take)
      delivery.start()
      return { delivery, orders }
    }
    const first = begin()
    t.strictSame(await first.orders.until(2), ['docks default b', 'own default a'])
    await author.client.publishAsync(OWN_ORDER, 'live', { qos: 1 })
    t.ok((await first.orders.until(3)).includes('own default live'))
    await first.delivery.stop()
    await author.client.publishAsync(GROUP_ORDER, 'c', retained)
    await author.client.publishAsync(OWN_ORDER, '', retained)
    const second = begin()
    t.strictSame(await second.orders.until(1), ['docks default c'], 'ordered while it was away')
    await author.client.publishAsync(GROUP_ORDER, '', retained)
    t.strictSame(await second.orders.until(2), ['docks default ', 'docks default c'], 'an order that is taken back')
    await second.delivery.stop()
    await author.client.endAsync(true)
    await store.close()
    await broker.signal('SIGKILL')
  },
)

t.test('a verb with a slash in its name is asked for and answered', { skip: withoutMosquitto }, async (t) => {
  const directory = t.testdir()
  const broker = await startMosquitto(directory)
  t.teardown(() => broker.signal('SIGKILL'))
  const desk = await listen(broker.port)
  const store = openLocalStore(directory)
  const delivery = deliveryTo(`mqtt://127.0.0.1:${broker.port}`, store)
  delivery.onRequest(async ({ verb, transaction }) => ({ status: 'ok', data: verb, error: null, transaction }))
  const connected = brokerIs(delivery, 'connected')
  delivery.start()
  await connected
  await desk.until(() => desk.payloads(`${BASE}/state`).length > 0)
  await desk.client.publishAsync(`${BASE}/request/model/install`, '{"transaction":"t"}', { qos: 1 })
  await desk.until(() => desk.payloads(`${BASE}/response/model/install`).length > 0)
  t.match(JSON.parse(desk.payloads(`${BASE}/response/model/install`)[0] ?? ''), { status: 'ok', data: 'model/install', transaction: 't' })
  await delivery.stop()
  await desk.client.endAsync(true)
  await store.close()
})
