import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { openStore } from '../../src/store/open.js'
import { type AgentChild, startAgentChild } from '../support/agent-child.js'
import { BASE, chromationAt, INSTRUMENT, RESULTS, writeAgentConfig } from '../support/agent-config.js'
import { listen } from '../support/deliveries.js'
import { type EmulatedChromation, emulateChromation, UNPACED_US } from '../support/emulated-chromation.js'
import { freePort, type Mosquitto, startMosquitto, withoutMosquitto } from '../support/mosquitto.js'
import { wideLimits } from '../support/records.js'

/** The promise itself: milliseconds from the signal to the end of the process. */
const STOP_MS = 2000
/** Microseconds: the longest exposure of the instrument. */
const LONG_US = 1_310_000

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

interface Scene {
  readonly agent: AgentChild
  readonly instrument: EmulatedChromation
  readonly broker: Mosquitto
}

interface Case {
  readonly name: string
  readonly unpaced: boolean
  readonly instrument: Readonly<Record<string, unknown>>
  /** Brings the agent into the state in which the signal comes. */
  readonly until: (scene: Scene) => Promise<void>
  readonly brokerUp: boolean
}

/** Every setting that the driver can change is another one than the instrument was found with; without binning it has other pixels than its axis. */
const changed = { gain: 4, binning: 0, axis: null }

const cases: readonly Case[] = [
  {
    name: 'idle',
    unpaced: false,
    instrument: { ...changed, integrationUs: 10_000 },
    until: async ({ agent }) => void (await agent.logged(/connected to the broker/)),
    brokerUp: true,
  },
  {
    name: 'in the middle of a long exposure',
    unpaced: false,
    instrument: { ...changed, integrationUs: LONG_US, trigger: 'continuous' },
    until: async ({ instrument }) => {
      await instrument.nextExposure()
      await setTimeout(200)
    },
    brokerUp: true,
  },
  {
    name: 'while the broker is away',
    unpaced: true,
    instrument: { ...changed, integrationUs: UNPACED_US, trigger: { intervalMs: 10 } },
    until: async ({ agent, broker, instrument }) => {
      await broker.signal('SIGKILL')
      await agent.logged(/nobody listens there/)
      await instrument.nextCapture()
    },
    brokerUp: false,
  },
  {
    name: 'while a backlog drains into a broker that has stopped answering',
    unpaced: true,
    instrument: { ...changed, integrationUs: UNPACED_US, trigger: 'continuous' },
    until: async ({ broker, instrument }) => {
      await broker.signal('SIGSTOP')
      const before = instrument.captured()
      while (instrument.captured() < before + 100) await instrument.nextCapture()
    },
    brokerUp: true,
  },
]

t.jobs = 2
t.setTimeout(120_000)

for (const signal of SIGNALS)
  for (const { name, unpaced, instrument: settings, until, brokerUp } of cases)
    t.test(`${signal}, ${name}: exit 0 within 2 s, the instrument as found, the state folder free`, { skip: withoutMosquitto }, async (t) => {
      const folder = t.testdir()
      const instrument = await emulateChromation({ unpaced })
      t.teardown(() => instrument.close())
      const found = await instrument.settings()
      const port = await freePort()
      const broker = await startMosquitto(folder, [], port)
      t.teardown(() => broker.signal('SIGKILL'))
      const config = writeAgentConfig(folder, { brokerUrl: `mqtt://127.0.0.1:${port}`, instruments: [chromationAt(instrument.url, settings)] })

      const agent = startAgentChild(config)
      t.teardown(() => agent.kill())
      await agent.logged(/connected to the broker/)
      await agent.logged(/is connected$/)
      await until({ agent, instrument, broker })

      const sentMs = performance.now()
      agent.signal(signal)
      // Whoever presses Ctrl-C again and again must not cut the first one short, nor change how it ends.
      const impatient = setInterval(() => agent.signal(signal), 7)
      const { code, atMs } = await agent.ended
      clearInterval(impatient)
      t.equal(code, 0, 'done, not failed')
      t.ok(atMs - sentMs < STOP_MS, `ended ${Math.round(atMs - sentMs)} ms after the signal`)
      t.strictSame(await instrument.settings(), found, 'the instrument is set as it was found')
      if (brokerUp) {
        await broker.signal('SIGCONT')
        const subscriber = await listen(port)
        t.teardown(() => subscriber.client.endAsync(true))
        await subscriber.until((heard) => heard.some(({ topic, payload }) => topic === `${BASE}/state` && payload === 'offline'))
        t.ok(subscriber.heard.find(({ topic }) => topic === `${BASE}/state`)?.retain, 'the last word is kept for whoever comes later')
      }

      // A second start takes the state folder in the same way.
      const store = await openStore(join(folder, 'state'), wideLimits)
      t.teardown(() => store.close())
      t.equal((await store.stats()).droppedResults, 0, 'the state folder is free at once, and nothing was thrown away')
    })

t.test('what was measured before a stop and not yet sent is sent by the next start', { skip: withoutMosquitto }, async (t) => {
  const folder = t.testdir()
  const instrument = await emulateChromation({ unpaced: true })
  t.teardown(() => instrument.close())
  const port = await freePort()
  const settings = { integrationUs: UNPACED_US, trigger: { intervalMs: 10 } }
  const config = writeAgentConfig(folder, { brokerUrl: `mqtt://127.0.0.1:${port}`, instruments: [chromationAt(instrument.url, settings)] })
  const agent = startAgentChild(config)
  t.teardown(() => agent.kill())
  await agent.logged(/is connected$/)
  while (instrument.captured() < 50) await instrument.nextCapture()
  agent.signal('SIGTERM')
  t.equal((await agent.ended).code, 0)

  const broker = await startMosquitto(folder, [], port)
  t.teardown(() => broker.signal('SIGKILL'))
  const subscriber = await listen(port)
  t.teardown(() => subscriber.client.endAsync(true))
  const second = startAgentChild(config)
  t.teardown(() => second.kill())
  const wanted = instrument.captured()
  await subscriber.until((heard) => heard.filter(({ topic }) => topic === RESULTS).length >= wanted + 5)
  const seqs = subscriber.payloads(RESULTS).map((payload): number => JSON.parse(payload).seq)
  t.strictSame(
    seqs.slice(0, 50),
    Array.from({ length: 50 }, (_, i) => i + 1),
    'from the first one on, in their order',
  )
  const gaps = subscriber.payloads(`${BASE}/event`).map((payload) => JSON.parse(payload))
  t.match(
    gaps.filter(({ kind }) => kind === 'gap'),
    [{ instrument: INSTRUMENT, data: { to: 1000 } }],
    'the unused rest of the block is announced',
  )
})
