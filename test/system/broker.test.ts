import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startAgentChild } from '../support/agent-child.js'
import { BASE, chromationAt, RESULTS, writeAgentConfig } from '../support/agent-config.js'
import { listen } from '../support/deliveries.js'
import { emulateChromation, UNPACED_US } from '../support/emulated-chromation.js'
import { freePort, startMosquitto, withoutMosquitto } from '../support/mosquitto.js'

t.setTimeout(60_000)

const PASSWORD = 'korrekt-pferd-batterie'
const WRONG = 'falsches-geheimnis'

/** An unpaced instrument that measures all the time, as an entry of the configuration. */
const measuring = async (t: Test) => {
  const instrument = await emulateChromation({ unpaced: true })
  t.teardown(() => instrument.close())
  return chromationAt(instrument.url, { integrationUs: UNPACED_US, trigger: { intervalMs: 50 } })
}

const seqs = (payloads: readonly string[]): readonly number[] => payloads.map((payload): number => JSON.parse(payload).seq)

t.test(
  'a wrong password is told as such and waited out; the right one is taken without a restart; neither is ever shown',
  {
    skip: withoutMosquitto,
  },
  async (t) => {
    const folder = t.testdir()
    const passwords = join(folder, 'passwords')
    execFileSync('mosquitto_passwd', ['-b', '-c', passwords, 'box', PASSWORD], { stdio: 'ignore' })
    const broker = await startMosquitto(folder, ['allow_anonymous false', `password_file ${passwords}`])
    t.teardown(() => broker.signal('SIGKILL'))
    const secret = join(folder, 'secret')
    writeFileSync(secret, `${WRONG}\n`)
    const config = writeAgentConfig(folder, {
      brokerUrl: `mqtt://127.0.0.1:${broker.port}`,
      mqtt: { username: 'box', passwordFile: 'secret' },
      instruments: [await measuring(t)],
    })
    const agent = startAgentChild(config)
    t.teardown(() => agent.kill())
    const refused = await agent.logged(/the broker refuses this client/)
    t.equal(refused.code, 'BROKER_REFUSED')
    t.match(refused.msg, /mqtt\.passwordFile/, 'the cure names the setting')
    await agent.logged(/is connected$/)

    writeFileSync(secret, `${PASSWORD}\n`)
    await agent.logged(/connected to the broker/)
    const subscriber = await listen(broker.port, 5, { username: 'box', password: PASSWORD })
    t.teardown(() => subscriber.client.endAsync(true))
    await subscriber.until((heard) => heard.some(({ topic }) => topic === RESULTS) && heard.some(({ topic }) => topic === `${BASE}/info`))
    t.equal(Math.min(...seqs(subscriber.payloads(RESULTS))) > 0, true)
    const shown = agent.text() + JSON.stringify(subscriber.heard)
    t.notOk(shown.includes(PASSWORD) || shown.includes(WRONG), 'the secret is neither in the log nor in a topic')
  },
)

t.test(
  'a broker that starts after the agent, and one that comes back, get everything that was measured meanwhile',
  {
    skip: withoutMosquitto,
  },
  async (t) => {
    const folder = t.testdir()
    const port = await freePort()
    const config = writeAgentConfig(folder, { brokerUrl: `mqtt://127.0.0.1:${port}`, instruments: [await measuring(t)] })
    const agent = startAgentChild(config)
    t.teardown(() => agent.kill())
    await agent.logged(/nobody listens there/)
    await agent.logged(/is connected$/)

    const first = await startMosquitto(folder, [], port)
    t.teardown(() => first.signal('SIGKILL'))
    const subscriber = await listen(port)
    t.teardown(() => subscriber.client.endAsync(true))
    await subscriber.until((heard) => heard.some(({ topic, payload }) => topic === RESULTS && JSON.parse(payload).seq === 1))
    t.equal(seqs(subscriber.payloads(RESULTS))[0], 1, 'from the first one on')

    const last = Math.max(...seqs(subscriber.payloads(RESULTS)))
    const lines = agent.log.length
    await first.signal('SIGTERM')
    await agent.logged(/the broker cannot be reached/, lines)
    const second = await startMosquitto(folder, [], port)
    t.teardown(() => second.signal('SIGKILL'))
    await subscriber.until(() => Math.max(...seqs(subscriber.payloads(RESULTS))) >= last + 20)
    t.notOk(
      agent.log.slice(lines).some(({ msg }) => / will never come/.test(msg)),
      'no number was given up',
    )
  },
)

t.test('a subscriber is told of an agent that was killed, and of the next one', { skip: withoutMosquitto }, async (t) => {
  const folder = t.testdir()
  const broker = await startMosquitto(folder)
  t.teardown(() => broker.signal('SIGKILL'))
  const config = writeAgentConfig(folder, { brokerUrl: `mqtt://127.0.0.1:${broker.port}`, instruments: [await measuring(t)] })
  const subscriber = await listen(broker.port)
  t.teardown(() => subscriber.client.endAsync(true))
  const words = () => subscriber.payloads(`${BASE}/state`)
  for (const count of [1, 3]) {
    const agent = startAgentChild(config)
    t.teardown(() => agent.kill())
    await subscriber.until(() => words().length === count)
    await agent.kill()
    await subscriber.until(() => words().length === count + 1)
  }
  t.strictSame(words(), ['online', 'offline', 'online', 'offline'], 'each word once')
  const late = await listen(broker.port)
  t.teardown(() => late.client.endAsync(true))
  await late.until((heard) => heard.some(({ topic }) => topic === `${BASE}/state`))
  t.match(
    late.heard.find(({ topic }) => topic === `${BASE}/state`),
    { payload: 'offline', retain: true },
    'whoever comes later is told too',
  )
})
