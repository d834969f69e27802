import { randomInt, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { Subscription, take } from 'rxjs'

import { defaultAgentId } from './delivery/agent-id.js'
import type { EventContent } from './delivery/contract.js'
import { createDelivery } from './delivery/delivery.js'
import { asFailure, type Failure } from './failures.js'
import { smoke, smokeKey } from './inference/smoke.js'
import { discover } from './instruments/discovery.js'
import { createFamilies } from './instruments/families.js'
import { watchPorts } from './instruments/port-watch.js'
import { createSupervisor } from './instruments/supervisor.js'
import { attachedMark } from './links/attached.js'
import { attachedNudge } from './links/attached-nudge.js'
import { listPorts, openPort } from './links/open.js'
import { readTransfer, type TransferFile } from './models/transfer-file.js'
import { createDispatch, verbs } from './requests/dispatch.js'
import { type InstrumentSettings, instrumentDefaults, type Settings } from './settings/schema.js'
import type { Clock } from './spectrum/clock.js'
import { seededRandom } from './spectrum/random.js'
import type { Result } from './spectrum/result.js'
import { bootId } from './station/boot.js'
import { createClockTrust } from './station/clock-trust.js'
import { follow } from './station/follow.js'
import { CLOCK_FLOOR, reportHealth } from './station/health.js'
import { createIds } from './station/ids.js'
import { createModelSlot, type ModelSlot } from './station/model-slot.js'
import { openSlots } from './station/open-slots.js'
import { trustOf } from './station/open-trust.js'
import type { Counters } from './station/overview.js'
import { patiently } from './station/patient.js'
import { createStation, type Station } from './station/station.js'
import { told } from './station/told.js'
import { type OpenStore, openStore } from './store/open.js'
import { nodeDisk } from './updates/disk.js'
import { PROBATION_RESULTS } from './updates/probation.js'
import { createSelfTest } from './updates/selftest.js'
import { SHADOW_SPECTRA } from './updates/shadow.js'
import { createUpdates } from './updates/updates.js'

export interface AgentOptions {
  readonly settings: Settings
  readonly version: string
  readonly clock: Clock
  readonly log: Logger
}

export interface Agent {
  /** Resolves once the agent can answer for itself: an absent instrument or broker is a state, not a failed start. */
  start(): Promise<void>
  /** Instruments left as found, what was measured committed, `offline` published, the store closed. Under 2 s; may be called twice. */
  stop(): Promise<void>
  /** Rejects when a rule that the agent relies on does not hold; pending otherwise. */
  readonly failed: Promise<never>
}

/** Every instrument with its line of stations, the durable outbox and the way to the broker. The only place that knows concrete classes. */
export const createAgent = ({ settings, version, clock, log }: AgentOptions): Agent => {
  const halt = new AbortController()
  const subscriptions = new Subscription()
  const stations = new Map<string, Station>()
  const counters = new Map<string, Counters>()
  const undo: (() => Promise<void>)[] = []
  const { promise: failed, reject: crash } = failing()
  let stopped: Promise<void> | null = null

  const start = async (): Promise<void> => {
    const store = await openStore(settings.state.directory, limitsOf(settings))
    undo.push(() => store.close())
    // Without it nothing would ever be accepted again; whoever started the agent starts it anew.
    void store.lost.then(crash)
    if (Object.keys(settings.models).length > 0) await engineWorks(store)
    const boot = bootId()
    const found: Failure[] = []
    const slots = await openSlots({
      ...{ settings, disk: nodeDisk, boot, clock, agentVersion: version, tell: (failure) => found.push(failure) },
      swapped: (slot, bundle) => event(told.answers(slot, bundle)),
    })
    for (const { slot } of slots.values()) undo.push(() => slot.close())
    const transfers = await loadTransfers(settings)
    const trust = trustOf(settings, { disk: nodeDisk, clock, proxies: process.env })

    const agent = settings.agent.id ?? (await agentId(store))
    const clockTrusted = createClockTrust(clock, Number(await store.fact(CLOCK_FLOOR)))
    const delivery = createDelivery({
      settings: settings.mqtt,
      agent,
      groups: settings.agent.groups,
      store,
      clock,
      random: seededRandom(randomInt(2 ** 31)),
      tell,
    })
    undo.push(() => delivery.stop())
    const event = (content: EventContent): void => {
      // Failures are what an operator looks for in the log.
      log[content.code === null ? 'info' : 'warn']({ event: content.kind, instrument: content.instrument, code: content.code }, content.message)
      delivery.event(content).catch((error: unknown) => tell(asFailure(error, 'STORE_FAILED', 'event')))
    }
    const deliver = patiently((result: Result) => delivery.deliver(result), clock, halt.signal, tell)
    void store.reserveSpent.then((failure) => event(told.fault(null, failure, null)))
    const families = createFamilies()
    const ports = watchPorts({ list: listPorts, mark: attachedMark, clock, nudge$: attachedNudge() })
    const nextId = createIds()

    const emptySlot = (name: string): ModelSlot => createModelSlot({ name, model: null, clock, agentVersion: version })
    const add = (instrument: InstrumentSettings): void => {
      const supervisor = createSupervisor({ settings: instrument, clock, open: openPort, ports, families })
      const slot = slots.get(instrument.model)?.slot ?? emptySlot(instrument.model)
      const transfer = transfers.get(instrument.link) ?? null
      const common = { agent, store, clock, clockTrusted, boot, nextId, deliver, event }
      const station = createStation({ settings: instrument, supervisor, slot, transfer, ...common })
      stations.set(instrument.link, station)
      subscriptions.add(follow(station, { retain: delivery.retain, event, counters, crash }))
      station.start()
    }
    const remove = async (link: string): Promise<void> => {
      const station = stations.get(link)
      stations.delete(link)
      await station?.stop()
    }

    const updates = createUpdates({
      ...{ agent, groups: settings.agent.groups, version, boot, clock, random: seededRandom(randomInt(2 ** 31)), disk: nodeDisk, trust },
      ...{ state: settings.state.directory, slots: [...slots.values()].map((each) => each.updates), selfTest: createSelfTest() },
      trial: { spectra: SHADOW_SPECTRA, results: PROBATION_RESULTS, ms: settings.updates.probationS * 1000 },
      checkEveryMs: settings.updates.checkEveryS * 1000,
      publish: (slot, state) => delivery.retain(`model/${slot}/state`, state),
      tell: (news) => event(told.update(news)),
    })
    undo.push(() => updates.stop())
    delivery.onDesired(updates.desired)
    const targets = () => [...stations.values()].flatMap((station) => station.target() ?? [])
    delivery.onRequest(createDispatch({ targets, models: updates }, store))
    delivery.retain('info', { agent, version, node: process.versions.node, requests: Object.keys(verbs), settings })
    subscriptions.add(
      delivery.broker$.subscribe((state) => {
        if (state.at === 'connected') {
          updates.connected()
          log.info({ broker: settings.mqtt.url, base: delivery.base }, 'connected to the broker')
        }
        if (state.at === 'waiting') log.warn({ code: state.failure.code, retryInMs: Math.round(state.retryInMs) }, state.failure.message)
      }),
    )
    delivery.start()
    if (store.setAside !== null)
      event({ kind: 'dropped', instrument: null, code: 'STORE_FAILED', message: `a damaged outbox was set aside: ${store.setAside}`, data: {} })
    for (const failure of found) event(told.mended(failure))
    for (const failure of await families.broken()) tell(failure)

    settings.instruments.forEach(add)
    if (settings.instruments.length === 0) {
      const known = (await families.families()).map(({ description }) => description)
      const plugs$ = discover(ports.ports$, known)
      subscriptions.add(
        plugs$.subscribe(({ kind, port, family }) => {
          if (kind === 'appeared') add({ ...instrumentDefaults, link: port.url, family })
          else remove(port.url).catch((error: unknown) => crash(asFailure(error, 'INVARIANT', port.url)))
        }),
      )
      // Behind the one above, so that it sees what the first list has brought.
      subscriptions.add(
        ports.ports$.pipe(take(1)).subscribe((found) => {
          if (stations.size === 0) event(told.noneFound(found.length))
        }),
      )
    }
    updates.start()
    const health = reportHealth({ store, clock, clockTrusted, counters, delivery: delivery.counts, retain: delivery.retain }, halt.signal)
    health.catch((error: unknown) => crash(asFailure(error, 'INVARIANT', 'health')))
    log.info({ agent, version, instruments: settings.instruments.length, models: [...slots.keys()] }, 'the agent runs')
  }

  const tell = (failure: Failure): void => log.error({ code: failure.code }, failure.message)

  const end = async (): Promise<void> => {
    await Promise.all([...stations.values()].map((station) => station.stop()))
    halt.abort()
    subscriptions.unsubscribe()
    for (const step of undo.reverse()) await step().catch((error: unknown) => tell(asFailure(error, 'INVARIANT', 'stop')))
  }
  const stop = (): Promise<void> => {
    stopped ??= end()
    return stopped
  }
  return { start, stop, failed }
}

const failing = (): { promise: Promise<never>; reject: (failure: Failure) => void } => {
  let reject: (failure: Failure) => void = () => {}
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse
  })
  // Whoever runs the agent awaits it; a failure before that must not end the process unnamed.
  promise.catch(() => {})
  return { promise, reject: (failure) => reject(failure) }
}

const limitsOf = ({ outbox }: Settings) => ({
  maxBytes: outbox.maxMiB * 1024 ** 2,
  maxRecords: outbox.maxRecords,
  maxAgeMs: outbox.maxAgeDays * 86_400_000,
})

/** A part of the processor that the engine needs may be missing, which ends a process: asked once in a child for each kind of machine. */
const engineWorks = async (store: OpenStore): Promise<void> => {
  const key = smokeKey()
  if ((await store.fact('engine-works')) === key) return
  await smoke()
  await store.setFact('engine-works', key)
}

/** By link. A file that cannot be read ends the start: answers without it would be wrong and look right. @throws Failure DATA_INVALID. */
const loadTransfers = async ({ instruments }: Settings): Promise<ReadonlyMap<string, TransferFile>> => {
  const named = instruments.flatMap(({ link, transfer }) => (transfer === null ? [] : [{ link, transfer }]))
  return new Map(await Promise.all(named.map(async ({ link, transfer }) => [link, await readTransfer(transfer)] as const)))
}

/** Without a machine id (containers) a random one is made once and kept. */
const agentId = async (store: OpenStore): Promise<string> => {
  const machineId = readText('/etc/machine-id')
  if (machineId !== '') return defaultAgentId(hostname(), machineId)
  const kept = (await store.fact('machine-id')) ?? randomUUID()
  await store.setFact('machine-id', kept)
  return defaultAgentId(hostname(), kept)
}

const readText = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8').trim() : '')
