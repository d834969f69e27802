import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { seededRandom } from '../../src/spectrum/random.js'
import { openStore } from '../../src/store/open.js'
import { type AgentChild, startAgentChild } from '../support/agent-child.js'
import { BASE, chromationAt, INSTRUMENT, RESULTS, writeAgentConfig } from '../support/agent-config.js'
import { type Eavesdropper, eavesdrop } from '../support/eavesdropper.js'
import { emulateChromation, UNPACED_US } from '../support/emulated-chromation.js'
import { audit, type Range } from '../support/ledger.js'
import { freePort, type Mosquitto, startMosquitto, withoutMosquitto } from '../support/mosquitto.js'
import { startRecordingProxy, type Taken } from '../support/recording-proxy.js'
import { wideLimits } from '../support/records.js'

/**
 * 100 times kill -9, of the agent or of the broker, while answers go out at once, pile up, or drain; one state folder all through.
 *
 * What is promised is that every accepted answer reaches the broker. A broker that is killed may forget what it acknowledged
 * (mosquitto writes its persistence at intervals), and what it forgot cannot be told from what it never got by asking a
 * subscriber. So a proxy between the two writes down which messages the broker acknowledged, and the promise is judged on that
 * record. A subscriber at QoS 0 is judged beside it: mosquitto 2 hands such a message to the socket before it sends the PUBACK,
 * so what was acknowledged while the subscriber was there has reached it, whatever happened to the broker then; the proxy opens
 * only when it is there.
 *
 * What was accepted is what the store says in the end: the highest number committed. Every number up to it must have come, or have
 * been announced as unused.
 */
const KILLS = Number(process.env['KILL_SWEEP_KILLS'] ?? 100)
/** Another seed is another sweep; to see one again: KILL_SWEEP_SEED=SEED npx tap test/system/kill-sweep.test.ts */
const SEED = Number(process.env['KILL_SWEEP_SEED'] ?? Date.now() % 1_000_000)

/** Milliseconds between two measurements, and the longest waits before a kill once the phase has begun. */
const INTERVAL_MS = 10
const LONGEST_MS = { live: 200, offline: 300, draining: 30 }
/** Answers that pile up before they drain. */
const BACKLOG = 30
/** An agent whose connection was cut so often waits ever longer before the next try; it is then killed itself. */
const MAX_CUTS = 2
/** Milliseconds without an acknowledgement after which an agent without instrument has sent all it had. */
const QUIET_MS = 1500

type Phase = 'live' | 'offline' | 'draining'
type Victim = 'agent' | 'broker'

t.setTimeout(600_000)

t.test(`${KILLS} kills of agent and broker lose nothing (seed ${SEED})`, { skip: withoutMosquitto }, async (t) => {
  t.comment(`seed ${SEED}`)
  const folder = t.testdir()
  const chance = seededRandom(SEED)
  const oneOf = <T>(...choices: readonly [T, ...T[]]): T => choices[Math.floor(chance.uniform() * choices.length)] ?? choices[0]
  const instrument = await emulateChromation({ unpaced: true })
  t.teardown(() => instrument.close())
  const brokerPort = await freePort()
  const proxy = await startRecordingProxy(() => brokerPort)
  t.teardown(() => proxy.close())
  await proxy.close()
  const config = writeAgentConfig(folder, {
    brokerUrl: `mqtt://127.0.0.1:${proxy.port}`,
    instruments: [chromationAt(instrument.url, { integrationUs: UNPACED_US, trigger: { intervalMs: INTERVAL_MS } })],
  })

  const heard: Taken[] = []
  const kills = new Map<string, number>()
  let broker: Mosquitto | null = null
  let subscriber: Eavesdropper | null = null
  let agent: AgentChild | null = null
  let cuts = 0
  t.teardown(async () => {
    await agent?.kill()
    await subscriber?.close()
    await broker?.signal('SIGKILL')
  })

  const hear = () => void heard.push(...(subscriber?.heard ?? []))
  const brokerUp = async () => {
    if (broker) return
    broker = await startMosquitto(folder, [], brokerPort)
    subscriber = await eavesdrop(brokerPort, `${BASE}/#`)
    await proxy.open()
  }
  const agentUp = () => {
    if (agent) return
    agent = startAgentChild(config)
    cuts = 0
  }
  const kill = async (victim: Victim, phase: Phase) => {
    const name = `${victim} ${phase}`
    kills.set(name, (kills.get(name) ?? 0) + 1)
    if (victim === 'agent') {
      await agent?.kill()
      agent = null
      return
    }
    await broker?.signal('SIGKILL')
    await proxy.close()
    // What is in its socket is still read; then it is done with this broker.
    await subscriber?.ended
    hear()
    await subscriber?.close()
    broker = null
    subscriber = null
    cuts += 1
  }
  const count = () => [...kills.values()].reduce((sum, n) => sum + n, 0)
  const measured = async (frames: number) => {
    const until = instrument.captured() + frames
    while (instrument.captured() < until) await instrument.nextCapture()
  }
  const isResult = ({ topic }: Taken) => topic === RESULTS

  /** Brings both into a phase that is sure to have begun, so that the kill falls into it. */
  const enter: Readonly<Record<Phase, () => Promise<void>>> = {
    async live() {
      await brokerUp()
      agentUp()
      await proxy.next(isResult)
    },
    async offline() {
      if (broker) await kill('broker', 'live')
      agentUp()
      await measured(1)
    },
    async draining() {
      await enter.offline()
      await measured(BACKLOG)
      // Either it comes back by itself, or it is started anew with what the one before left behind.
      if (oneOf(true, false)) await kill('agent', 'offline')
      await brokerUp()
      agentUp()
      await proxy.next(isResult)
    },
  }

  while (count() < KILLS) {
    const phase = oneOf<Phase>('live', 'offline', 'draining')
    await enter[phase]()
    await setTimeout(chance.uniform() * LONGEST_MS[phase])
    const victim = phase === 'offline' || cuts >= MAX_CUTS ? 'agent' : oneOf<Victim>('agent', 'broker')
    await kill(victim, phase)
  }

  // All that was accepted gets the time it needs, without anything new.
  await instrument.close()
  const last = await drained()
  async function drained(): Promise<number | null> {
    for (let tries = 1; ; tries++) {
      await brokerUp()
      agentUp()
      await agent?.logged(/connected to the broker/)
      for (let before = -1; before !== proxy.taken.length; await setTimeout(QUIET_MS)) before = proxy.taken.length
      agent?.signal('SIGTERM')
      t.equal((await agent?.ended)?.code, 0, 'the last one ends cleanly')
      agent = null
      const store = await openStore(join(folder, 'state'), wideLimits)
      const { records, droppedResults, droppedEvents } = await store.stats()
      const lastSeq = await store.lastSeq(INSTRUMENT)
      await store.close()
      t.equal(droppedResults + droppedEvents, 0, 'no limit threw anything away')
      if (records === 0 || tries === 3) {
        t.equal(records, 0, 'nothing is left behind')
        return lastSeq
      }
    }
  }
  hear()

  const arrived = proxy.taken.filter(isResult).map(seqOf)
  const reached = new Set(arrived)
  const gaps = gapsIn(proxy.taken)
  t.comment(
    JSON.stringify({
      seed: SEED,
      kills: Object.fromEntries(kills),
      results: reached.size,
      duplicates: arrived.length - reached.size,
      gaps: gaps.length,
      lastSeq: last,
    }),
  )
  t.ok(reached.size > KILLS, 'there was something to lose')
  t.equal(Math.max(...reached), last, 'the last accepted answer reached the broker')
  t.strictSame(audit(reached, gaps, last ?? 0), { lost: [], denied: [] }, 'every number came or was announced as unused, and never both')
  t.strictSame(audit(new Set(heard.filter(isResult).map(seqOf)), gapsIn(heard), last ?? 0), { lost: [], denied: [] }, 'so it was for the subscriber')

  const missing = [...reached][Math.floor(chance.uniform() * reached.size)] ?? 0
  reached.delete(missing)
  t.strictSame(audit(reached, gaps, last ?? 0).lost, [missing], 'one answer less would have been noticed')
})

const seqOf = ({ payload }: Taken): number => JSON.parse(payload).seq

const gapsIn = (messages: readonly Taken[]): readonly Range[] =>
  messages
    .filter(({ topic }) => topic === `${BASE}/event`)
    .map(({ payload }) => JSON.parse(payload))
    .filter(({ kind }) => kind === 'gap')
    .map(({ data }) => data)
