import { filter, firstValueFrom, race, timer } from 'rxjs'
import { ulid } from 'ulid'
import { Failure, isFailure } from '../failures.js'
import { createFamilies } from '../instruments/families.js'
import { watchPorts } from '../instruments/port-watch.js'
import { recognise } from '../instruments/recognise.js'
import { createSupervisor } from '../instruments/supervisor.js'
import { attachedMark } from '../links/attached.js'
import { listPorts, openPort } from '../links/open.js'
import { loadBundle } from '../models/load.js'
import { type InstrumentSettings, instrumentDefaults, type Settings } from '../settings/schema.js'
import { bootId } from '../station/boot.js'
import { createClockTrust } from '../station/clock-trust.js'
import { CLOCK_FLOOR } from '../station/health.js'
import type { Decided } from '../station/line.js'
import { createModelSlot } from '../station/model-slot.js'
import { createStation, type Station } from '../station/station.js'
import { openStore } from '../store/open.js'
import { systemClock } from '../system-clock.js'
import { version } from './version.js'

/** Milliseconds for an instrument to be found, opened and identified. */
const CONNECT_MS = 20_000

/** One instrument at hand for a command, with the references and numbers of the agent's own state folder. */
export interface BenchStation {
  readonly station: Station
  close(): Promise<void>
}

/**
 * Opens one instrument while no agent runs. Nothing goes to a broker.
 * @param which link or id of a configured instrument; null: the only one.
 * @throws Failure STATE_HELD while an agent holds it, NO_INSTRUMENT, CONFIG_INVALID, or why it cannot be opened.
 */
export const openBenchStation = async (settings: Settings, which: string | null, onDecided: (decision: Decided) => void): Promise<BenchStation> => {
  const { outbox, state, models } = settings
  const limits = { maxBytes: outbox.maxMiB * 1024 ** 2, maxRecords: outbox.maxRecords, maxAgeMs: outbox.maxAgeDays * 86_400_000 }
  const store = await openStore(state.directory, limits)
  const undo: (() => Promise<void>)[] = [() => store.close()]
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const instrument = await chosen(settings, which)
    const slot = models[instrument.model]
    const model = slot ? await loadBundle(slot.bundle) : null
    const modelSlot = createModelSlot({ name: instrument.model, model, clock: systemClock, agentVersion: version() })
    undo.push(() => modelSlot.close())
    const families = createFamilies()
    const ports = watchPorts({ list: listPorts, mark: attachedMark, clock: systemClock })
    const supervisor = createSupervisor({ settings: instrument, clock: systemClock, open: openPort, ports, families })
    // As the agent would judge it: a reference that is taken here must age there.
    const clockTrusted = createClockTrust(systemClock, Number(await store.fact(CLOCK_FLOOR)))
    const station = createStation({
      ...{ settings: { ...instrument, trigger: 'request' }, supervisor, slot: modelSlot, agent: settings.agent.id ?? 'command', store },
      ...{ clock: systemClock, clockTrusted, boot: bootId(), nextId: ulid, deliver: async () => {}, event: () => {}, onDecided },
    })
    undo.push(() => station.stop())
    station.start()
    await ready(station)
    return { station, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Waits until it is connected; what keeps it from that is the failure. */
const ready = async ({ supervisor, target }: Station): Promise<void> => {
  const state = await firstValueFrom(race(supervisor.state$.pipe(filter(({ at }) => at !== 'connecting')), timer(CONNECT_MS)))
  if (typeof state === 'number') throw new Failure('NO_ANSWER', { where: supervisor.where, seen: `nothing within ${CONNECT_MS / 1000} s` })
  if (state.at === 'fault') throw state.failure
  for (let waitedMs = 0; target() === null && waitedMs < CONNECT_MS; waitedMs += 5) await systemClock.sleep(5)
}

const chosen = async ({ instruments }: Settings, which: string | null): Promise<InstrumentSettings> => {
  const configured = which === null ? instruments : instruments.filter(({ link, id }) => link === which || id === which)
  const [only, ...others] = configured
  const names = instruments.map(({ link, id }) => id ?? link).join(', ')
  if (only && others.length === 0) return only
  if (only) throw new Failure('USAGE', { where: '--instrument', seen: 'several are configured and none is named', allowed: names })
  if (which !== null && instruments.length > 0) throw new Failure('USAGE', { where: '--instrument', seen: which, allowed: names })
  const found = await plugged()
  const wanted = which === null ? found : found.filter(({ link }) => link === which)
  const [first, ...more] = wanted
  if (first && more.length === 0) return first
  if (first) throw new Failure('USAGE', { where: '--instrument', seen: 'several are plugged in', allowed: wanted.map(({ link }) => link).join(', ') })
  throw new Failure('NO_INSTRUMENT', {
    where: 'this machine',
    seen: 'none that is known by itself',
    cure: 'plug one in, or configure it; see "spectro2mqtt devices"',
  })
}

/** Instruments that start by themselves, with the settings that they would have. */
const plugged = async (): Promise<readonly InstrumentSettings[]> => {
  const descriptions = (await createFamilies().families()).map(({ description }) => description)
  return (await listPorts()).flatMap((port) => {
    const known = recognise(port, descriptions)
    return known.as === 'own' ? [{ ...instrumentDefaults, link: port.url, family: known.family }] : []
  })
}

/** The same failure for the user who must ask the agent instead. @param which as in `openBenchStation`. */
export const askTheAgent = (error: unknown, { mqtt, agent, instruments }: Settings, which: string | null, verb: string, content: object): unknown => {
  if (!isFailure(error, 'STATE_HELD')) return error
  const { hostname, port, protocol } = new URL(mqtt.url)
  const id = which === null ? null : (instruments.find(({ link }) => link === which)?.id ?? which)
  const words = [
    `mosquitto_pub -h ${hostname} -p ${port || (protocol === 'mqtts:' ? 8883 : 1883)}`,
    ...(mqtt.username === null ? [] : [`-u ${mqtt.username} -P PASSWORD`]),
    `-t '${mqtt.base}/${agent.id ?? 'AGENT'}/request/${verb}'`,
    `-m '${JSON.stringify(id === null ? content : { ...content, instrument: id })}'`,
  ]
  return new Failure('PART_MISSING', {
    where: error.where ?? 'the state folder',
    seen: 'an agent is running and holds the instrument',
    cure: `ask it: ${words.join(' ')}`,
    cause: error,
  })
}
