import t from 'tap'
import { startAgentChild } from '../support/agent-child.js'
import { BASE, chromationAt, RESULTS, writeAgentConfig } from '../support/agent-config.js'
import { listen } from '../support/deliveries.js'
import { emulateChromation, UNPACED_US } from '../support/emulated-chromation.js'
import { startMosquitto, withoutMosquitto } from '../support/mosquitto.js'

t.setTimeout(60_000)

/** Results of the first that must come, one after the other, while the second is in each kind of trouble. */
const UNDISTURBED = 30

t.test(
  'an instrument that sends garbage, falls silent and is unplugged does not disturb the one beside it',
  {
    skip: withoutMosquitto,
  },
  async (t) => {
    const folder = t.testdir()
    const [good, bad] = [await emulateChromation({ unpaced: true }), await emulateChromation({ unpaced: true, seed: 2 })]
    t.teardown(() => Promise.all([good.close(), bad.close()]))
    const broker = await startMosquitto(folder)
    t.teardown(() => broker.signal('SIGKILL'))
    const settings = { integrationUs: UNPACED_US, trigger: { intervalMs: 20 } }
    const instruments = [chromationAt(good.url, settings), chromationAt(bad.url, { ...settings, id: 'spectro-2' })]
    const subscriber = await listen(broker.port)
    t.teardown(() => subscriber.client.endAsync(true))
    const agent = startAgentChild(writeAgentConfig(folder, { brokerUrl: `mqtt://127.0.0.1:${broker.port}`, instruments }))
    t.teardown(() => agent.kill())

    const from = (topic: string) => subscriber.payloads(topic).map((payload) => JSON.parse(payload))
    const seqs = () => from(RESULTS).map(({ seq }): number => seq)
    const second = `${BASE}/instrument/spectro-2`
    const troubles = [
      { start: () => bad.end.misbehave('garbage'), seen: () => from(`${BASE}/event`).some(({ kind }) => kind === 'bad-frame') },
      {
        start() {
          bad.end.heal()
          bad.end.misbehave('silent')
        },
        seen: () => from(`${second}/state`).some(({ state, reason }) => state === 'fault' && reason !== null),
      },
      { start: () => bad.close(), seen: () => from(`${second}/state`).some(({ reason }) => reason?.code === 'PORT_FAILED') },
    ]
    await subscriber.until(() => seqs().length > 0 && from(`${second}/result`).length > 0)
    for (const { start, seen } of troubles) {
      await start()
      await subscriber.until(seen)
      const count = seqs().length
      await subscriber.until(() => seqs().length >= count + UNDISTURBED)
    }
    const got = seqs()
    t.strictSame(
      got,
      got.map((_, i) => i + 1),
      'every number of the first came, in order',
    )
    t.strictSame(
      from(`${BASE}/instrument/spectro-1/state`).filter(({ state }) => state === 'fault'),
      [],
      'it was never in fault',
    )
  },
)
