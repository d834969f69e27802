import t from 'tap'
import { startAgentChild } from '../support/agent-child.js'
import { BASE, chromationAt, RESULTS, writeAgentConfig } from '../support/agent-config.js'
import { listen } from '../support/deliveries.js'
import { emulateChromation, UNPACED_US } from '../support/emulated-chromation.js'
import { audit } from '../support/ledger.js'
import { startMosquitto, withoutMosquitto } from '../support/mosquitto.js'

t.setTimeout(60_000)

t.test('numbers that a kill left unused are announced, also where not one of them was used', { skip: withoutMosquitto }, async (t) => {
  const folder = t.testdir()
  const instrument = await emulateChromation({ unpaced: true })
  t.teardown(() => instrument.close())
  const broker = await startMosquitto(folder)
  t.teardown(() => broker.signal('SIGKILL'))
  const subscriber = await listen(broker.port)
  t.teardown(() => subscriber.client.endAsync(true))
  const start = async (trigger: unknown) => {
    const settings = chromationAt(instrument.url, { integrationUs: UNPACED_US, trigger })
    const agent = startAgentChild(writeAgentConfig(folder, { brokerUrl: `mqtt://127.0.0.1:${broker.port}`, instruments: [settings] }))
    t.teardown(() => agent.kill())
    await agent.logged(/is connected$/)
    return agent
  }
  const seqs = () => subscriber.payloads(RESULTS).map((payload): number => JSON.parse(payload).seq)
  const gaps = () =>
    subscriber
      .payloads(`${BASE}/event`)
      .map((payload) => JSON.parse(payload))
      .filter(({ kind }) => kind === 'gap')
      .map(({ data }) => data)

  // An answer proves that its numbers are reserved; that it was refused, that none was used.
  const idle = await start('request')
  await subscriber.client.publishAsync(`${BASE}/request/dark`, '{}', { qos: 1 })
  await subscriber.until(() => subscriber.payloads(`${BASE}/response/dark`).length > 0)
  await idle.kill()
  const busy = await start({ intervalMs: 10 })
  await subscriber.until(() => seqs().length >= 20)
  t.strictSame(gaps(), [{ from: 1, to: 1000 }], 'the whole block of the one that measured nothing')
  await busy.kill()
  await start({ intervalMs: 10 })
  await subscriber.until(() => seqs().some((seq) => seq > 2000))
  t.equal(gaps().at(-1)?.to, 2000, 'and the rest of the next block')
  t.strictSame(audit(new Set(seqs()), gaps(), Math.max(...seqs())), { lost: [], denied: [] }, 'every number came or was announced, and never both')
})
