import t, { type Test } from 'tap'
import { createDelivery } from '../../src/delivery/delivery.js'
import { MAX_WINDOW } from '../../src/delivery/window.js'
import type { Failure } from '../../src/failures.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { BASE, brokerIs, deliveryTo, mqttSettings, result } from '../support/deliveries.js'
import { openLocalStore } from '../support/local-store.js'
import { manualClock } from '../support/manual-clock.js'
import { freePort } from '../support/mosquitto.js'
import { type Published, type Script, startScriptedBroker } from '../support/scripted-broker.js'

const RESULT = `${BASE}/instrument/demo-1/result`
/** CONNACK property Receive Maximum (MQTT 5, section 3.2.2.3.3) and Maximum Packet Size (3.2.2.3.6). */
const receiveMaximum = (n: number) => [0x21, n >> 8, n & 0xff]
const maximumPacket = (bytes: number) => [0x27, bytes >>> 24, (bytes >> 16) & 0xff, (bytes >> 8) & 0xff, bytes & 0xff]

/** A broker that acknowledges what the test does not hold back, and the agent at the other end. */
const begin = async (t: Test, script: Partial<Script> = {}, hold: (message: Published) => boolean = () => false) => {
  const published: Published[] = []
  let held: Published[] = []
  let acked = 0
  let most = 0
  let wake = () => {}
  const broker = await startScriptedBroker({
    onPublish(message) {
      published.push(message)
      if (hold(message)) held.push(message)
      else {
        message.ack()
        acked += 1
      }
      most = Math.max(most, published.length - acked)
      wake()
    },
    ...script,
  })
  const store = openLocalStore(t.testdir())
  const told: Failure[] = []
  const delivery = deliveryTo(`mqtt://127.0.0.1:${broker.port}`, store, {}, { tell: (failure) => told.push(failure) })
  t.teardown(async () => {
    await delivery.stop()
    await broker.close()
    await store.close()
  })
  const results = () => published.filter(({ topic }) => topic === RESULT)
  return {
    broker,
    store,
    delivery,
    published,
    told,
    results,
    /** Resolves when `enough` holds after some PUBLISH. */
    async until(enough: () => boolean) {
      while (!enough())
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    },
    held: () => held,
    /** Acknowledges, or refuses, everything that is held back. */
    release(reason = 0) {
      acked += held.length
      for (const message of held) message.ack(reason)
      held = []
    },
    /** The most that was ever unacknowledged. */
    most: () => most,
    seqs: () => results().map(({ payload }) => JSON.parse(payload).seq),
    async deliver(from: number, to: number) {
      for (let seq = from; seq <= to; seq++) await delivery.deliver(result(seq))
    },
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

t.test('first the birth, then what is retained, then the backlog; with the properties of MQTT 5', async (t) => {
  const { delivery, published, until, results } = await begin(t)
  await delivery.deliver(result(1))
  delivery.retain('info', { version: '0.1.0' })
  delivery.start()
  await until(() => results().length === 1)
  const [birth, last, info, answer] = published
  t.match(birth, { topic: `${BASE}/state`, payload: 'online', retain: true })
  t.match(last, { topic: `${BASE}/instrument/demo-1/last`, retain: true })
  t.match(info, { topic: `${BASE}/info`, payload: '{"version":"0.1.0"}', retain: true })
  t.match(answer, { topic: RESULT, payload: JSON.stringify(result(1)), retain: false })
  t.match(answer?.properties.toString('latin1'), /application\/json/)
  t.match(answer?.properties.toString('latin1'), /schema\0.result\/1/)
  t.match(answer?.properties.toString('latin1'), new RegExp(`messageId\\0.${result(1).id}`))
})

t.test('no more is under way than the broker takes; a late PUBACK makes room', async (t) => {
  const { deliver, delivery, until, held, release, most, seqs } = await begin(t, { connackProperties: receiveMaximum(3) }, () => true)
  await deliver(1, 20)
  delivery.start()
  while (seqs().length < 20) {
    await until(() => held().length > 0)
    release()
  }
  t.strictSame(seqs(), range(1, 20))
  t.ok(most() <= 3, `${most()} at once`)
  release()
})

t.test('a broker that takes more gets the window of the agent', async (t) => {
  const { deliver, delivery, until, most, release, seqs } = await begin(t, {}, ({ topic }) => topic === RESULT)
  await deliver(1, MAX_WINDOW + 10)
  delivery.start()
  await until(() => seqs().length === MAX_WINDOW)
  await delivery.event({ kind: 'gap', instrument: null, code: null, message: 'so that one more would come', data: {} })
  t.equal(seqs().length, MAX_WINDOW)
  release()
  await until(() => seqs().length === MAX_WINDOW + 10)
  release()
  t.equal(most(), MAX_WINDOW)
})

t.test('a commit goes out at once while the broker keeps up', async (t) => {
  const { deliver, delivery, until, seqs, store } = await begin(t)
  delivery.start()
  await brokerIs(delivery, 'connected')
  for (let seq = 1; seq <= 5; seq++) {
    await deliver(seq, seq)
    await until(() => seqs().length === seq)
  }
  await delivery.stop()
  t.equal((await store.read(0, 1000)).length, 0)
})

t.test('what was not acknowledged is sent again after the connection is cut, in order, and nothing else', async (t) => {
  const { broker, deliver, delivery, until, release, results, seqs } = await begin(
    t,
    {},
    ({ topic, connection }) => topic === RESULT && connection === 1,
  )
  await deliver(1, 8)
  delivery.start()
  await until(() => seqs().length === 8)
  results()[2]?.ack()
  while (delivery.counts().acknowledged < 1) await new Promise((resolve) => setImmediate(resolve))
  broker.cut()
  await until(() => seqs().length === 15)
  t.strictSame(seqs().slice(8), [1, 2, 4, 5, 6, 7, 8])
  t.equal(broker.connections, 2)
  release()
})

t.test('a message that the broker refuses is kept, counted and told; the others pass', async (t) => {
  const isSecond = ({ payload }: Published) => payload.includes('"seq":2,') && payload.includes('result/1')
  const { deliver, delivery, until, held, release, seqs, store, told } = await begin(
    t,
    {},
    (message) => message.topic === RESULT && isSecond(message),
  )
  await deliver(1, 3)
  delivery.start()
  await until(() => held().length === 1 && seqs().length === 3)
  release(135)
  while (delivery.counts().refused === 0) await new Promise((resolve) => setImmediate(resolve))
  await deliver(4, 4)
  await until(() => seqs().length === 4)
  await delivery.stop()
  t.match(await store.read(0, 10), [{ payload: JSON.stringify(result(2)) }])
  t.match(told, [{ code: 'BROKER_REFUSED', seen: 'not authorized', where: new RegExp(RESULT) }])
})

t.test('a packet over the limit of the broker is not even sent: it would cost the connection', async (t) => {
  const { delivery, deliver, until, seqs, told, store, broker } = await begin(t, { connackProperties: maximumPacket(4000) })
  await delivery.event({ kind: 'gap', instrument: null, code: null, message: 'x'.repeat(4000), data: {} })
  await deliver(1, 1)
  delivery.start()
  await until(() => seqs().length === 1)
  await delivery.stop()
  t.equal(broker.connections, 1)
  t.match(told, [{ seen: 'the message is too large' }])
  t.equal((await store.read(0, 1000)).length, 1)
})

t.test('results still go out where the broker does not let this client subscribe', async (t) => {
  const { delivery, deliver, until, seqs, told } = await begin(t, { subackReason: () => 135 })
  await deliver(1, 1)
  delivery.start()
  await until(() => seqs().length === 1)
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve))
  t.match(told, [{ seen: 'not authorized', where: /request\/\+$/ }])
})

t.test('of several filters in one SUBSCRIBE those that are refused are told, each by its name, and the connection stays', async (t) => {
  const asked: string[] = []
  const subackReason = (filter: string) => {
    asked.push(filter)
    return filter.includes('/model/') ? 135 : 1
  }
  const { broker, delivery, deliver, until, seqs, told } = await begin(t, { subackReason })
  await deliver(1, 1)
  delivery.start()
  await until(() => seqs().length === 1)
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(asked, [`${BASE}/request/+`, `${BASE}/request/model/+`, `${BASE}/model/+/desired`])
  t.equal(broker.types.filter((type) => type === 8).length, 1)
  t.match(told, [{ where: /request\/model\/\+$/ }, { where: /box-1\/model\/\+\/desired$/ }])
  t.equal(broker.connections, 1)
})

t.test('a stop says offline and goodbye, waits for what is under way, and starts nothing new', async (t) => {
  const { broker, deliver, delivery, until, published, release, seqs, store, held } = await begin(t, {}, ({ topic }) => topic === RESULT)
  await deliver(1, MAX_WINDOW + 5)
  delivery.start()
  await until(() => seqs().length === MAX_WINDOW)
  const stopped = delivery.stop()
  release()
  await stopped
  t.equal(held().length, 0, 'no further result')
  t.match(published.at(-1), { topic: `${BASE}/state`, payload: 'offline', retain: true })
  t.equal(broker.types.at(-1), 14, 'DISCONNECT')
  t.equal((await store.read(0, 1000)).length, 5, 'the rest stays for the next start')
  t.equal(delivery.stop(), delivery.stop(), 'may be called twice')
  await deliver(99, 99)
  t.equal((await store.read(0, 1000)).length, 6, 'a result after the stop is stored')
})

t.test('a stop with a broker that acknowledges nothing takes under a second and leaves without a goodbye: the will says offline', async (t) => {
  const clock = manualClock()
  const published: string[] = []
  const broker = await startScriptedBroker({ onPublish: ({ payload }) => published.push(payload) })
  const store = openLocalStore(t.testdir())
  const settings = mqttSettings(`mqtt://127.0.0.1:${broker.port}`)
  const delivery = createDelivery({ settings, agent: 'box-1', groups: [], store, clock, random: seededRandom(1) })
  await delivery.deliver(result(1))
  delivery.start()
  await brokerIs(delivery, 'connected')
  while (published.length < 3) await clock.advance(0)
  const stopped = delivery.stop()
  await clock.advance(999)
  await stopped
  t.notOk(broker.types.includes(14))
  t.notOk(published.includes('offline'))
  await broker.close()
  await store.close()
})

t.test('a stop takes no time where there is no connection', async (t) => {
  const store = openLocalStore(t.testdir())
  const port = await freePort()
  for (const until of ['connecting', 'waiting'] as const) {
    const clock = manualClock()
    const settings = mqttSettings(`mqtt://127.0.0.1:${port}`)
    const delivery = createDelivery({ settings, agent: 'box-1', groups: [], store, clock, random: seededRandom(1) })
    delivery.start()
    if (until === 'waiting') t.match(await brokerIs(delivery, 'waiting'), { failure: { code: 'BROKER_UNREACHABLE', seen: 'nobody listens there' } })
    await delivery.stop()
    await delivery.stop()
    t.equal(clock.sleepers, 0, until)
  }
  await createDelivery({
    settings: mqttSettings('mqtt://127.0.0.1:1'),
    agent: 'a',
    groups: [],
    store,
    clock: manualClock(),
    random: seededRandom(1),
  }).stop()
  await store.close()
})

t.test('a broker that acknowledges nothing for a minute is left for a new connection', async (t) => {
  const clock = manualClock()
  const broker = await startScriptedBroker({ onPublish: ({ ack, connection }) => connection > 1 && ack() })
  const store = openLocalStore(t.testdir())
  const settings = mqttSettings(`mqtt://127.0.0.1:${broker.port}`)
  const delivery = createDelivery({ settings, agent: 'box-1', groups: [], store, clock, random: seededRandom(1) })
  delivery.start()
  await brokerIs(delivery, 'connected')
  const left = brokerIs(delivery, 'waiting')
  await clock.advance(74_000)
  t.match(await left, { failure: { code: 'BROKER_UNREACHABLE', seen: 'no acknowledgement for 60 s' } })
  const back = brokerIs(delivery, 'connected')
  await clock.advance(60_000)
  await back
  t.equal(broker.connections, 2)
  const stopped = delivery.stop()
  await clock.advance(1000)
  await stopped
  await broker.close()
  await store.close()
})

t.test('retained state is sent again after every connect, the newest of each topic', async (t) => {
  const { broker, delivery, until, published } = await begin(t)
  delivery.retain('health', { n: 1 })
  delivery.start()
  await until(() => published.some(({ payload }) => payload === '{"n":1}'))
  delivery.retain('health', { n: 2 })
  await until(() => published.some(({ payload }) => payload === '{"n":2}'))
  broker.cut()
  await until(() => published.filter(({ payload }) => payload === '{"n":2}').length === 2)
  t.strictSame(
    published.filter(({ connection }) => connection === 2).map(({ topic, payload }) => `${topic} ${payload}`),
    [`${BASE}/state online`, `${BASE}/health {"n":2}`],
  )
  t.throws(() => delivery.retain('state', 'online'), { code: 'INVARIANT' })
})

t.test('an event has an id, the agent and a time, and goes through the outbox', async (t) => {
  const { delivery, published, store } = await begin(t)
  await delivery.event({ kind: 'calibrated', instrument: 'demo-1', code: null, message: 'a dark was taken', data: { id: 'D' } })
  const [row] = await store.read(0, 10)
  t.match(row, { class: 'event', topic: `${BASE}/event` })
  t.match(JSON.parse(row?.payload ?? ''), { schema: 'event/1', id: row?.id, agent: 'box-1', time: /Z$/, kind: 'calibrated', data: { id: 'D' } })
  t.equal(published.length, 0)
})
