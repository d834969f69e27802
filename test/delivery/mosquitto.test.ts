import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { wordMessage } from '../../src/delivery/message.js'
import { openSession } from '../../src/delivery/session.js'
import { Failure } from '../../src/failures.js'
import { BASE, brokerIs, deliveryTo, listen, result, seqs } from '../support/deliveries.js'
import { openLocalStore } from '../support/local-store.js'
import { startMosquitto, withoutMosquitto } from '../support/mosquitto.js'

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

t.test(
  'MQTT 5 from end to end: results with their properties, requests with response topic, the last word',
  { skip: withoutMosquitto },
  async (t) => {
    const directory = t.testdir()
    const broker = await startMosquitto(directory)
    t.teardown(() => broker.signal('SIGKILL'))
    const store = openLocalStore(directory)
    const delivery = deliveryTo(`mqtt://127.0.0.1:${broker.port}`, store)
    delivery.onRequest(async ({ transaction }) => ({ status: 'ok', data: null, error: null, transaction }))
    const listener = await listen(broker.port)
    for (let seq = 1; seq <= 300; seq++) await delivery.deliver(result(seq))
    delivery.start()
    await listener.until(() => seqs(listener).length === 300)
    t.strictSame(seqs(listener), range(1, 300))
    t.match(
      listener.heard.find(({ topic }) => topic.endsWith('/result')),
      {
        properties: {
          contentType: 'application/json',
          payloadFormatIndicator: true,
          userProperties: { schema: 'result/1', messageId: result(1).id },
        },
      },
    )
    const correlationData = Buffer.from('c1')
    const properties = { responseTopic: 'spectro2mqtt/desk', correlationData }
    await listener.client.publishAsync(`${BASE}/request/dark`, '{}', { qos: 1, properties })
    await listener.until(() => listener.payloads('spectro2mqtt/desk').length === 1)
    t.match(
      listener.heard.find(({ topic }) => topic === 'spectro2mqtt/desk'),
      { payload: /"transaction":"6331"/, properties: { correlationData } },
    )
    t.equal(listener.payloads(`${BASE}/response/dark`).length, 1)
    await listener.client.publishAsync(`${BASE}/request/dark`, '{"transaction":"r"}', { qos: 1, retain: true })
    await listener.until(() => listener.payloads(`${BASE}/response/dark`).length === 2)
    t.match(listener.payloads(`${BASE}/response/dark`)[1], /retained/, 'also one that comes while connected')
    await delivery.stop()
    await listener.until(() => listener.payloads(`${BASE}/state`).includes('offline'))
    t.strictSame(listener.payloads(`${BASE}/state`), ['online', 'offline'])
    await listener.client.endAsync(true)
    await store.close()
  },
)

t.test('the will says offline when the connection is lost', { skip: withoutMosquitto }, async (t) => {
  const broker = await startMosquitto(t.testdir())
  t.teardown(() => broker.signal('SIGKILL'))
  const url = `mqtt://127.0.0.1:${broker.port}`
  const listener = await listen(broker.port)
  for (const version of [5, 4] as const) {
    const common = { clientId: 'box', keepaliveS: 30, credentials: {}, subscribe: ['x'], onMessage: () => {}, onSubscribeRefused: () => {} }
    const will = wordMessage(`spectro2mqtt/box-${version}/state`, 'offline')
    const attempt = await openSession({ url, version, will, ...common }, new AbortController().signal)
    if (attempt.kind === 'failed') throw attempt.failure
    t.equal(attempt.session.version, version)
    attempt.session.drop(new Failure('ABORTED'))
    t.match(await attempt.session.lost, { code: 'ABORTED' })
    await listener.until(() => listener.payloads(will.topic).includes('offline'))
  }
  await listener.client.endAsync(true)
})

t.test(
  'a broker killed in mid flight and back: the agent comes back, says so, and nothing stays in the outbox',
  { skip: withoutMosquitto },
  async (t) => {
    const directory = t.testdir()
    const first = await startMosquitto(directory)
    const store = openLocalStore(directory)
    const delivery = deliveryTo(`mqtt://127.0.0.1:${first.port}`, store)
    delivery.start()
    await brokerIs(delivery, 'connected')
    const before = await listen(first.port)
    const delivering = (async () => {
      for (let seq = 1; seq <= 400; seq++) await delivery.deliver(result(seq))
    })()
    await before.until(() => seqs(before).length >= 20)
    // Deaf first: what the agent sends now is in flight when the broker dies, and will never be acknowledged.
    await first.signal('SIGSTOP')
    await delivering
    await first.signal('SIGKILL')
    await before.client.endAsync(true)
    t.match(await brokerIs(delivery, 'waiting'), { failure: { code: 'BROKER_UNREACHABLE' } })
    const unacknowledged = (await store.read(0, 1000)).map(({ payload }) => JSON.parse(payload).seq)
    t.ok(unacknowledged.length > 0, `${unacknowledged.length} of 400 were not acknowledged`)
    const second = await startMosquitto(directory, [], first.port)
    t.teardown(() => second.signal('SIGKILL'))
    while (delivery.counts().acknowledged < 400) await new Promise((resolve) => setTimeout(resolve, 20))
    t.strictSame(await store.read(0, 10), [])
    const after = await listen(second.port)
    await after.until(() => after.payloads(`${BASE}/state`).length === 1)
    t.match(after.payloads(`${BASE}/state`), ['online'])
    await after.client.endAsync(true)
    await delivery.stop()
    await store.close()
  },
)

t.test('a wrong password is told without showing it; a corrected file counts from the next attempt on', { skip: withoutMosquitto }, async (t) => {
  const directory = t.testdir({ password: 'hunter2\n' })
  const users = join(directory, 'users')
  execFileSync('mosquitto_passwd', ['-c', '-b', users, 'box', 'right'], { stdio: 'ignore' })
  const broker = await startMosquitto(directory, ['allow_anonymous false', `password_file ${users}`])
  t.teardown(() => broker.signal('SIGKILL'))
  const url = `mqtt://127.0.0.1:${broker.port}`
  const store = openLocalStore(directory)
  const passwordFile = join(directory, 'password')
  const delivery = deliveryTo(url, store, { username: 'box', passwordFile })
  delivery.start()
  const state = await brokerIs(delivery, 'waiting')
  t.match(state, { failure: { code: 'BROKER_REFUSED', cure: /user/ } })
  t.notOk(JSON.stringify([state, 'failure' in state ? state.failure.message : '']).includes('hunter2'))
  writeFileSync(passwordFile, 'right\n')
  await brokerIs(delivery, 'connected')
  await delivery.stop()
  const without = deliveryTo(url, store, { username: 'box', passwordFile: join(directory, 'missing') })
  without.start()
  t.match(await brokerIs(without, 'waiting'), { failure: { code: 'CONFIG_INVALID', where: /passwordFile.*missing/, seen: 'ENOENT' } })
  await without.stop()
  await store.close()
})

t.test('TLS: an unknown authority is not trusted, a named one is, and a certificate of our own is shown', { skip: withoutMosquitto }, async (t) => {
  const directory = t.testdir()
  const at = (name: string) => join(directory, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  openssl('req', '-x509', ...key, '-subj', '/CN=authority', '-keyout', at('ca.key'), '-out', at('ca.pem'))
  const signed = (name: string, subject: string) => {
    writeFileSync(at('extension'), 'subjectAltName=IP:127.0.0.1')
    openssl('req', '-new', ...key.slice(0, 5), '-subj', subject, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`))
    const authority = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('extension')]
    openssl('x509', '-req', '-in', at(`${name}.csr`), ...authority, '-out', at(`${name}.pem`))
  }
  signed('server', '/CN=broker')
  signed('client', '/CN=box')
  const files = [`cafile ${at('ca.pem')}`, `certfile ${at('server.pem')}`, `keyfile ${at('server.key')}`]
  const broker = await startMosquitto(directory, [...files, 'require_certificate true'])
  t.teardown(() => broker.signal('SIGKILL'))
  const store = openLocalStore(directory)
  const fails = async (url: string, tls: { caFile: string | null; certFile: string | null; keyFile: string | null }) => {
    const delivery = deliveryTo(url, store, { tls })
    delivery.start()
    const state = await brokerIs(delivery, 'waiting')
    await delivery.stop()
    return state
  }
  const url = `mqtts://127.0.0.1:${broker.port}`
  const own = { certFile: at('client.pem'), keyFile: at('client.key') }
  const none = { certFile: null, keyFile: null }
  t.match(await fails(url, { caFile: null, ...own }), { failure: { code: 'BROKER_UNREACHABLE', seen: /not trusted/, cure: /caFile/ } })
  t.match(await fails(url.replace('127.0.0.1', 'localhost'), { caFile: at('ca.pem'), ...own }), { failure: { seen: /another host name/ } })
  t.match(await fails(url, { caFile: at('ca.pem'), ...none }), { failure: { code: 'BROKER_REFUSED', cure: /certFile/ } })
  t.match(await fails(url, { caFile: at('ca.pem'), certFile: at('client.pem'), keyFile: at('ca.pem') }), { failure: { code: 'CONFIG_INVALID' } })
  const delivery = deliveryTo(url, store, { tls: { caFile: at('ca.pem'), ...own } })
  delivery.start()
  await brokerIs(delivery, 'connected')
  await delivery.deliver(result(1))
  while (delivery.counts().acknowledged === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  t.equal(delivery.counts().acknowledged, 1)
  await delivery.stop()
  await store.close()
})
