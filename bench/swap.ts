import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NEVER } from 'rxjs'
import { createFamilies } from '../src/instruments/families.js'
import { createSupervisor } from '../src/instruments/supervisor.js'
import { openPort } from '../src/links/open.js'
import { loadBundle } from '../src/models/load.js'
import { instrumentDefaults } from '../src/settings/schema.js'
import type { Reference } from '../src/spectrum/reference.js'
import { createModelSlot, type ModelSlot } from '../src/station/model-slot.js'
import { createStation, type Station } from '../src/station/station.js'
import { systemClock } from '../src/system-clock.js'
import { benchBundle } from './bundle.js'

const POINTS = 784
/** Milliseconds between two exposures. */
const INTERVAL_MS = 10
/** Swaps, and milliseconds between them. */
const SWAPS = 10
const CALM_MS = 2000
/** What ends its exposure within so many ms after the order is the swap's; what ended it in as long a time one such span before the order is the calm beside it. */
const AROUND_MS = 500
/** For what lies before the probe to be seen in every later frame. */
const SCENE_MS = 200

export interface Waits {
  readonly p99Ms: number
  readonly maxMs: number
  /** The longest between two verdicts: also what an exposure begins too late is in it. */
  readonly gapMs: number
}

export interface SwapFigures {
  /** End of exposure to verdict: in the half second from the order on, and in as many spectra before it. */
  readonly swap: Waits
  readonly calm: Waits
  /** From the order to the moment when the next spectrum goes to the new model, golden check and all: median. */
  readonly orderMs: number
}

/** One station at 100 spectra a second whose model is another one again and again, beside the same station left alone in the same run. */
export const timeSwap = async (): Promise<SwapFigures> => {
  const folder = mkdtempSync(join(tmpdir(), 'spectro2mqtt-bench-'))
  const instrument = fork(fileURLToPath(new URL('./instrument.js', import.meta.url)))
  try {
    const { bytes, axis } = await benchBundle(POINTS)
    const path = join(folder, 'bench.s2m')
    writeFileSync(path, bytes)
    writeFileSync(join(folder, 'axis.csv'), ['wavelength_nm', ...axis, ''].join('\n'))
    const [{ port }] = await once(instrument, 'message')
    const slot = createModelSlot({ name: 'default', model: await loadBundle(path), clock: systemClock, agentVersion: '0.0.0' })
    const seen: Seen[] = []
    let lastMs = Number.NaN
    const station = stationAt(`tcp://127.0.0.1:${port}`, join(folder, 'axis.csv'), slot, (endMs) => {
      const atMs = systemClock.monotonicMs()
      seen.push({ endMs, tookMs: atMs - endMs, gapMs: atMs - lastMs })
      lastMs = atMs
    })
    station.start()
    await takeReferences(station, (scene) => instrument.send(scene))
    await systemClock.sleep(CALM_MS)
    const orders: number[] = []
    const orderMs: number[] = []
    for (let i = 0; i < SWAPS; i++) {
      await systemClock.sleep(CALM_MS)
      const startMs = systemClock.monotonicMs()
      orders.push(startMs)
      await slot.host.answer({ side: i % 2 === 0 ? 'a' : 'b', path })
      orderMs.push(systemClock.monotonicMs() - startMs)
    }
    await systemClock.sleep(CALM_MS)
    await station.stop()
    await slot.close()
    const within = (shiftMs: number) => seen.filter(({ endMs }) => orders.some((at) => endMs >= at + shiftMs && endMs < at + shiftMs + AROUND_MS))
    return { swap: figuresOf(within(0)), calm: figuresOf(within(-2 * AROUND_MS)), orderMs: quantile(orderMs, 0.5) }
  } finally {
    instrument.disconnect()
    rmSync(folder, { recursive: true })
  }
}

interface Seen {
  readonly endMs: number
  readonly tookMs: number
  readonly gapMs: number
}

/** One instrument, its references and numbers in memory: nothing but the way to the verdict is timed. */
const stationAt = (link: string, axis: string, slot: ModelSlot, decided: (endMs: number) => void): Station => {
  const settings = { ...instrumentDefaults, link, family: 'chromation', axis, integrationUs: 40, binning: 0, trigger: { intervalMs: INTERVAL_MS } }
  const ports = { list: async () => [], ports$: NEVER }
  const supervisor = createSupervisor({ settings, clock: systemClock, open: openPort, ports, families: createFamilies() })
  const references: Reference[] = []
  let nextSeq = 1
  let ids = 0
  return createStation({
    ...{ settings, supervisor, slot, agent: 'bench', clock: systemClock, clockTrusted: () => true, boot: 'bench', event: () => {} },
    store: {
      reserveSeq: async (_, count) => {
        nextSeq += count
        return nextSeq - count
      },
      lastSeq: async () => null,
      references: async () => references,
      addReference: async (reference) => {
        references.unshift(reference)
      },
    },
    nextId: () => String(++ids),
    deliver: async () => {},
    onDecided: ({ inferred, answer }) => {
      if (answer.verdict !== 'rejected') decided(inferred.calibrated.measurement.endMs)
    },
  })
}

const takeReferences = async (station: Station, show: (scene: string) => void): Promise<void> => {
  while (station.target() === null) await systemClock.sleep(20)
  for (const kind of ['dark', 'white'] as const) {
    show(kind)
    await systemClock.sleep(SCENE_MS)
    await station.target()?.takeReference(kind, 0)
  }
  show('sample')
}

const figuresOf = (seen: readonly Seen[]): Waits => {
  const tookMs = seen.map((one) => one.tookMs)
  const gapsMs = seen.map((one) => one.gapMs)
  return { p99Ms: quantile(tookMs, 0.99), maxMs: quantile(tookMs, 1), gapMs: quantile(gapsMs, 1) }
}

/** NaN of none. */
const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(Math.floor(values.length * share), values.length - 1)] ?? Number.NaN
