import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import { z } from 'zod'
import { resultSchema } from '../../src/delivery/payloads.js'
import type { Result } from '../../src/spectrum/result.js'
import { type SlotState, slotStateSchema } from '../../src/updates/state.js'
import { type AgentChild, startAgentChild } from './agent-child.js'
import { AXIS, BUNDLE } from './agent-config.js'
import { type Listener, listen } from './deliveries.js'
import { type EmulatedChromation, emulateChromation, UNPACED_US } from './emulated-chromation.js'
import { audit, type Ledger } from './ledger.js'
import { type Line, startLine } from './line.js'
import { freePort, startMosquitto } from './mosquitto.js'

export const GROUP = 'packing'
/** Milliseconds between two measurements of each instrument. */
const INTERVAL_MS = 20
/** Milliseconds after which a request is sent once more: an agent that has just been started may not have heard the first; it is carried out once. */
const AGAIN_MS = 1000

/** Milliseconds after which what does not come is given up, so that a failing test shows how the agents stand. */
const GIVE_UP_MS = 60_000

/** For the `skip` of a test: false, or why it is skipped and how to have it run. */
export const withoutPython: string | false =
  spawnSync('python3', ['--version']).error === undefined ? false : 'SKIPPED against a plain web server: apt install python3'

/** One agent as a process, its emulated instrument, and its two lines: to the broker and to the repository. */
export interface Box {
  readonly id: string
  readonly state: string
  readonly toBroker: Line
  readonly toRepository: Line
  start(): void
  kill(): Promise<void>
  /** In order; resolves to the exit code, null where it was not running or was killed. */
  stop(): Promise<number | null>
  /** What `model/default/state` said last; null before the first. */
  slot(): SlotState | null
  results(): readonly Result[]
  /** How it stands, for a person. */
  told(): string
  /** What is missing among the numbers of its results. */
  ledger(): Ledger
  /** Codes of its events. */
  codes(): readonly string[]
  /** Asks, as often as it takes, and waits for the answer. */
  ask(verb: string, content?: object): Promise<{ readonly status: string }>
}

export interface Fleet {
  readonly boxes: readonly [Box, Box]
  readonly server: { kill(): Promise<void>; start(): Promise<void> }
  /** A retained order to the group of both. */
  order(content: object): Promise<void>
  /** Bundles that may answer, by SHA-256: another one fails whatever is waited for. */
  readonly allowed: Set<string>
  /** Resolves when it holds; looked at with every message. */
  until(holds: () => boolean): Promise<void>
}

/** A broker, a plain web server before a published folder, and two agents that measure all the time and answer with the shipped bundle. */
export const startFleet = async (t: Test, folder: string, published: string): Promise<Fleet> => {
  const broker = await startMosquitto(folder)
  t.teardown(() => broker.signal('SIGKILL'))
  const port = await freePort()
  const server = webServer(published, port)
  t.teardown(() => server.kill())
  await server.start()
  const listener = await listen(broker.port)
  t.teardown(() => listener.client.endAsync(true))
  const allowed = new Set<string>()
  const made: Box[] = []
  const until = watching(listener, allowed, () => made.map((box) => box.told()).join('\n'))
  const box = async (id: string) => {
    const instrument = await emulateChromation({ unpaced: true })
    t.teardown(() => instrument.close())
    const lines = { toBroker: await startLine(broker.port), toRepository: await startLine(port) }
    t.teardown(() => Promise.all(Object.values(lines).map((line) => line.cut())))
    const one = createBox({ id, folder: join(folder, id), published, instrument, listener, until, ...lines })
    made.push(one)
    t.teardown(() => one.kill())
    one.start()
    await until(() => listener.payloads(`spectro2mqtt/${id}/instrument/${id}/state`).some((text) => text.includes('"connected"')))
    await one.ask('dark')
    instrument.light.show({ kind: 'white', density: 0 })
    await one.ask('white')
    // As bright at every pixel: no material that the model knows, so that each of its answers is "unknown", and none is refused.
    instrument.light.show({ kind: 'sample', name: 'grey', ratio: Float64Array.of(0.3) })
    return one
  }
  return {
    boxes: [await box('dock-1'), await box('dock-2')],
    ...{ server, until, allowed },
    async order(content) {
      await listener.client.publishAsync(`spectro2mqtt/_group/${GROUP}/model/default/desired`, JSON.stringify(content), { qos: 1, retain: true })
    },
  }
}

/** Python's own web server: no ranges, no tags, nothing to help. */
const webServer = (directory: string, port: number) => {
  let child: ChildProcess | null = null
  return {
    async start() {
      child = spawn('python3', ['-m', 'http.server', String(port), '--bind', '127.0.0.1', '--directory', directory], { stdio: 'ignore' })
      while (!(await answers(port))) await sleep(20)
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })

interface BoxParts extends Pick<Box, 'id' | 'toBroker' | 'toRepository'> {
  readonly folder: string
  readonly published: string
  readonly instrument: EmulatedChromation
  readonly listener: Listener
  readonly until: Fleet['until']
}

const gap = z.object({ kind: z.literal('gap'), data: z.object({ from: z.number(), to: z.number() }) })
const coded = z.object({ code: z.string() })
const answer = z.object({ status: z.string(), transaction: z.string().nullable() })

const createBox = ({ id, folder, published, instrument, listener, until, toBroker, toRepository }: BoxParts): Box => {
  const base = `spectro2mqtt/${id}`
  const config = writeConfig(folder, published, { id, link: instrument.url, broker: toBroker.port, repository: toRepository.port })
  let agent: AgentChild | null = null
  let asked = 0
  /** Parsed once: there are thousands of them. */
  const read = <T>(topic: string, parse: (text: string) => T): (() => readonly T[]) => {
    const parsed: T[] = []
    let at = 0
    return () => {
      for (; at < listener.heard.length; at++) if (listener.heard[at]?.topic === topic) parsed.push(parse(listener.heard[at]?.payload ?? ''))
      return parsed
    }
  }
  const results = read(`${base}/instrument/${id}/result`, (text) => resultSchema.parse(JSON.parse(text)))
  const events = read(`${base}/event`, (text): unknown => JSON.parse(text))
  const states = read(`${base}/model/default/state`, (text) => slotStateSchema.parse(JSON.parse(text)))
  return {
    ...{ id, toBroker, toRepository, results },
    state: join(folder, 'state'),
    start() {
      agent = startAgentChild(config)
    },
    async kill() {
      await agent?.kill()
    },
    async stop() {
      agent?.signal('SIGTERM')
      return (await agent?.ended)?.code ?? null
    },
    slot: () => states().at(-1) ?? null,
    told: () => `${id}: ${JSON.stringify(states().at(-1))}\n${agent?.text().split('\n').slice(-8).join('\n')}`,
    codes: () => events().flatMap((event) => coded.safeParse(event).data?.code ?? []),
    ledger() {
      const arrived = new Set(results().map(({ seq }) => seq))
      const announced = events().flatMap((event) => gap.safeParse(event).data?.data ?? [])
      return audit(arrived, announced, Math.max(...arrived))
    },
    async ask(verb, content = {}) {
      const transaction = `${id}-${asked++}`
      const send = () => void listener.client.publish(`${base}/request/${verb}`, JSON.stringify({ ...content, transaction }), { qos: 1 })
      const replies = read(`${base}/response/${verb}`, (text) => answer.parse(JSON.parse(text)))
      const mine = () => replies().find((reply) => reply.transaction === transaction)
      send()
      const timer = setInterval(send, AGAIN_MS)
      await until(() => mine() !== undefined).finally(() => clearInterval(timer))
      return mine() ?? { status: 'none' }
    },
  }
}

const writeConfig = (folder: string, published: string, on: { id: string; link: string; broker: number; repository: number }): string => {
  mkdirSync(folder)
  writeFileSync(join(folder, 'root.json'), readFileSync(join(published, 'metadata', '1.root.json')))
  const file = join(folder, 'config.yaml')
  const instrument = { link: on.link, family: 'chromation', id: on.id, axis: AXIS, integrationUs: UNPACED_US, trigger: { intervalMs: INTERVAL_MS } }
  writeFileSync(
    file,
    stringify({
      agent: { id: on.id, groups: [GROUP] },
      mqtt: { url: `mqtt://127.0.0.1:${on.broker}` },
      instruments: [instrument],
      models: { default: { bundle: BUNDLE } },
      updates: { repository: `http://127.0.0.1:${on.repository}/`, root: 'root.json', probationS: 1 },
      state: { directory: 'state' },
    }),
  )
  return file
}

/** Several may wait at once, each for its own. */
const watching = (listener: Listener, allowed: ReadonlySet<string>, told: () => string): Fleet['until'] => {
  const waiting = new Set<() => void>()
  let at = 0
  const stranger = (): string | undefined => {
    for (; at < listener.heard.length; at++) {
      const { topic = '', payload = '' } = listener.heard[at] ?? {}
      const model = topic.endsWith('/result') ? resultSchema.parse(JSON.parse(payload)).model : null
      if (model && allowed.size > 0 && !allowed.has(model.sha256)) return `${topic}: ${model.version} ${model.sha256}`
    }
    return undefined
  }
  listener.client.on('message', () => {
    for (const look of [...waiting]) look()
  })
  return (holds) =>
    new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`not within ${GIVE_UP_MS / 1000} s: ${holds}\n${told()}`)), GIVE_UP_MS)
      const look = () => {
        const other = stranger()
        if (other !== undefined) return reject(new Error(`another bundle answered: ${other}`))
        if (!holds()) return
        clearTimeout(limit)
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
}
