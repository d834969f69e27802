import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { startAgentChild } from '../support/agent-child.js'
import { BASE, BUNDLE, chromationAt, RESULTS, writeAgentConfig } from '../support/agent-config.js'
import { listen } from '../support/deliveries.js'
import { emulateChromation, UNPACED_US } from '../support/emulated-chromation.js'
import { startMosquitto, withoutMosquitto } from '../support/mosquitto.js'
import { fill, smallDisk, withoutMount } from '../support/small-disk.js'

t.setTimeout(60_000)

const MIB = 1024 * 1024

t.test('an agent that is started on a full disk answers all the same, and says so', { skip: withoutMosquitto || withoutMount }, async (t) => {
  const folder = t.testdir()
  const disk = smallDisk(t, 32 * MIB)
  symlinkSync(disk, join(folder, 'state'))
  const instrument = await emulateChromation({ unpaced: true })
  t.teardown(() => instrument.close())
  const broker = await startMosquitto(folder)
  t.teardown(() => broker.signal('SIGKILL'))
  const subscriber = await listen(broker.port)
  t.teardown(() => subscriber.client.endAsync(true))
  const instruments = [chromationAt(instrument.url, { integrationUs: UNPACED_US, trigger: { intervalMs: 20 } })]
  const config = writeAgentConfig(folder, { brokerUrl: `mqtt://127.0.0.1:${broker.port}`, bundle: BUNDLE, instruments })
  const start = async () => {
    const agent = startAgentChild(config)
    t.teardown(() => agent.kill())
    await agent.logged(/is connected$/)
    return agent
  }
  const request = async (verb: string) => {
    await subscriber.client.publishAsync(`${BASE}/request/${verb}`, '{}', { qos: 1 })
    await subscriber.until(() => subscriber.payloads(`${BASE}/response/${verb}`).length > 0)
  }
  /** Results in which the model has answered. */
  const answered = () => subscriber.payloads(RESULTS).filter((payload) => !payload.includes('"rejected"')).length

  const first = await start()
  await request('dark')
  instrument.light.show({ kind: 'white', density: 0 })
  await request('white')
  instrument.light.show({ kind: 'sample', name: 'grey', ratio: Float64Array.of(0.3) })
  await subscriber.until(() => answered() > 10)
  while (!existsSync(join(disk, 'reserve'))) await setTimeout(50)
  first.signal('SIGTERM')
  t.equal((await first.ended).code, 0)

  fill(disk)
  const before = answered()
  const second = await start()
  await subscriber.until(() => answered() > before + 200)
  const events = subscriber.payloads(`${BASE}/event`).map((payload): { code: string | null; message: string } => JSON.parse(payload))
  t.match(
    events.filter(({ code }) => code === 'STORE_FAILED'),
    [{ message: /the disk is full; the agent goes on in the room that it had in reserve.*make room/ }],
    'once',
  )
  second.signal('SIGTERM')
  t.equal((await second.ended).code, 0)
})
