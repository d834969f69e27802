import t, { type Test } from 'tap'
import { startAgentChild } from '../support/agent-child.js'
import { BASE, BUNDLE, chromationAt, INSTRUMENT, RESULTS, writeAgentConfig } from '../support/agent-config.js'
import { type Listener, listen } from '../support/deliveries.js'
import { emulateChromation } from '../support/emulated-chromation.js'
import { startMosquitto, withoutMosquitto } from '../support/mosquitto.js'

t.setTimeout(60_000)

/** Optical density of the filter before the white. */
const DENSITY = 2.3

/** An agent that measures on request only, with the shipped model, and a broker. */
const stage = async (t: Test) => {
  const folder = t.testdir()
  const instrument = await emulateChromation()
  t.teardown(() => instrument.close())
  const broker = await startMosquitto(folder)
  t.teardown(() => broker.signal('SIGKILL'))
  const config = writeAgentConfig(folder, {
    brokerUrl: `mqtt://127.0.0.1:${broker.port}`,
    instruments: [chromationAt(instrument.url, { integrationUs: 20_000 })],
    bundle: BUNDLE,
  })
  const start = async () => {
    const agent = startAgentChild(config)
    t.teardown(() => agent.kill())
    await agent.logged(/is connected$/)
    await agent.logged(/connected to the broker/)
    return agent
  }
  const subscriber = async (version: 4 | 5) => {
    const made = await listen(broker.port, version)
    t.teardown(() => made.client.endAsync(true))
    return made
  }
  return { instrument, start, subscriber }
}

/** The next message at a topic, after the `seen` ones that came before. */
const answer = async (listener: Listener, topic: string, seen: number) => {
  await listener.until(() => listener.payloads(topic).length > seen)
  return JSON.parse(listener.payloads(topic)[seen] ?? '')
}

t.test('dark, white and measure, asked with MQTT 3.1.1: the answers come below response/', { skip: withoutMosquitto }, async (t) => {
  const { instrument, start, subscriber } = await stage(t)
  await start()
  const listener = await subscriber(4)
  const ask = async (verb: string, content: object) => {
    const seen = listener.payloads(`${BASE}/response/${verb}`).length
    await listener.client.publishAsync(`${BASE}/request/${verb}`, JSON.stringify(content), { qos: 1 })
    return answer(listener, `${BASE}/response/${verb}`, seen)
  }
  instrument.light.show({ kind: 'dark' })
  const dark = await ask('dark', { transaction: 'a' })
  t.match(dark, { status: 'ok', transaction: 'a', error: null, data: { kind: 'dark', instrument: INSTRUMENT } })
  instrument.light.show({ kind: 'white', density: DENSITY })
  const white = await ask('white', { density: DENSITY })
  t.match(white, { status: 'ok', transaction: null, data: { kind: 'white', density: DENSITY, dark: dark.data.reference } })

  instrument.light.show({ kind: 'sample', name: 'an empty holder', ratio: Float64Array.of(10 ** -DENSITY) })
  const measured = await ask('measure', {})
  t.match(measured, { status: 'ok', data: { references: { dark: dark.data.reference, white: white.data.reference }, model: { id: 'tablet-dose' } } })
  await listener.until(() => listener.payloads(RESULTS).length > 0)
  t.strictSame(JSON.parse(listener.payloads(RESULTS)[0] ?? ''), measured.data, 'the same result is published')
  t.not(measured.data.verdict, 'accepted', 'and an empty holder is no tablet')

  t.match(await ask('dark', { integration: 5 }), { status: 'error', data: null, error: { code: 'REQUEST_INVALID', message: /integration/ } })
  t.match(await ask('lamp', {}), { status: 'error', error: { code: 'REQUEST_INVALID', message: /dark, white, measure/ } })
})

t.test('response topic and correlation data of MQTT 5 are honoured', { skip: withoutMosquitto }, async (t) => {
  const { start, subscriber } = await stage(t)
  await start()
  const listener = await subscriber(5)
  const responseTopic = 'spectro2mqtt/asker/answers'
  const correlationData = Buffer.from([0, 255, 7])
  await listener.client.publishAsync(`${BASE}/request/measure`, '', { qos: 1, properties: { responseTopic, correlationData } })
  const response = await answer(listener, responseTopic, 0)
  t.match(response, { status: 'ok', transaction: '00ff07', data: { seq: 1 } })
  const heard = listener.heard.find(({ topic }) => topic === responseTopic)
  t.strictSame(heard?.properties['correlationData'], correlationData, 'the asker knows which question it was')
  t.strictSame(await answer(listener, `${BASE}/response/measure`, 0), response, 'whoever watches the usual topic sees it as well')
})

t.test('a retained request is refused, whether the agent was there or comes later', { skip: withoutMosquitto }, async (t) => {
  const { instrument, start, subscriber } = await stage(t)
  const listener = await subscriber(5)
  await listener.client.publishAsync(`${BASE}/request/measure`, '{}', { qos: 1, retain: true })
  await start()
  const refused = { status: 'error', error: { code: 'REQUEST_INVALID', message: /a retained message/ } }
  t.match(await answer(listener, `${BASE}/response/measure`, 0), refused, 'what lay there before')
  await listener.client.publishAsync(`${BASE}/request/measure`, '{}', { qos: 1, retain: true })
  t.match(await answer(listener, `${BASE}/response/measure`, 1), refused, 'what came just now')
  t.equal(instrument.captured(), 0, 'nothing was measured')
})

t.test('a transaction is run once, also where the agent was killed in between', { skip: withoutMosquitto }, async (t) => {
  const { instrument, start, subscriber } = await stage(t)
  const listener = await subscriber(5)
  const ask = () => listener.client.publishAsync(`${BASE}/request/measure`, '{"transaction":"batch-7"}', { qos: 1 })
  const topic = `${BASE}/response/measure`
  const first = await start()
  await ask()
  const response = await answer(listener, topic, 0)
  t.match(response, { status: 'ok', transaction: 'batch-7' })
  await ask()
  t.strictSame(await answer(listener, topic, 1), response, 'the same answer again')
  await first.kill()
  await start()
  await ask()
  t.strictSame(await answer(listener, topic, 2), response, 'also from the next one')
  t.equal(instrument.captured(), 1, 'it was measured once')
})
