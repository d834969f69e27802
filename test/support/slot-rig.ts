import { NEVER } from 'rxjs'
import type { EventContent } from '../../src/delivery/contract.js'
import type { Engine } from '../../src/inference/engine.js'
import { openOnnxEngine } from '../../src/inference/onnx-engine.js'
import { createSupervisor } from '../../src/instruments/supervisor.js'
import { readBundle } from '../../src/models/bundle.js'
import { loadBundle } from '../../src/models/load.js'
import type { ManifestDraft } from '../../src/models/manifest.js'
import type { LoadedModel } from '../../src/models/open.js'
import { instrumentDefaults } from '../../src/settings/schema.js'
import type { Result } from '../../src/spectrum/result.js'
import type { InstrumentOnSlot } from '../../src/station/fits.js'
import type { Decided } from '../../src/station/line.js'
import { createModelSlot, type ModelSlot } from '../../src/station/model-slot.js'
import { createStation, type Station } from '../../src/station/station.js'
import { fakeDescription, fakeInstrument, wanted } from './fake-instrument.js'
import { type ManualClock, manualClock } from './manual-clock.js'
import { reference } from './references.js'
import { tinyAxis, tinyBundle, transmittance } from './tiny-model.js'

/** Counts of the made-up detector in the dark, and what the white adds. */
const DARK = 100
const LIGHT = 60_000
/** An exposure, ms: 100 spectra a second leave it half its time. */
const EXPOSURE_MS = 5

/** A model whose engine a test can hold up, break, and see closed. */
export interface HandledModel {
  readonly model: LoadedModel
  readonly engine: { closed: number; before: () => Promise<void> }
}

/** A tiny model, loaded with its golden check; afterwards its engine waits for `engine.before` at every call. */
export const handledModel = async (changes: Partial<ManifestDraft> = {}): Promise<HandledModel> => handle(await tinyBundle(changes))

export const handle = async (bytes: Uint8Array): Promise<HandledModel> => {
  const engine = { closed: 0, before: async () => {} }
  const open = async (graph: Uint8Array, where: string): Promise<Engine> => {
    const real = await openOnnxEngine(graph, where)
    return {
      inputs: real.inputs,
      outputs: real.outputs,
      predict: async (batch, n) => {
        await engine.before()
        return real.predict(batch, n)
      },
      close: async () => {
        engine.closed++
        await real.close()
      },
    }
  }
  return { model: await loadBundle(bytes, open), engine }
}

/** A slot at 100 spectra a second: one fake instrument of twelve pixels, its references known, shown the three materials in turn. */
export const slotRig = (first: HandledModel | null, load?: (path: string) => Promise<LoadedModel>) => {
  const clock = manualClock()
  const swapped: string[] = []
  const slot = createModelSlot({
    ...{ name: 'default', model: first?.model ?? null, clock, agentVersion: '0.1.0' },
    swapped: ({ bundle }) => swapped.push(bundle.manifest.version),
    ...(load ? { load } : {}),
  })
  return { clock, slot, swapped, ...stationOn(slot, clock) }
}

export const stationOn = (slot: ModelSlot, clock: ManualClock, changes: { readonly serial?: string } = {}) => {
  const { serial = 'FK1' } = changes
  const id = `fake-${serial.toLowerCase()}`
  const models = fakeDescription.models.map((model) => ({ ...model, pixels: 12, fullScale: 65_535 }))
  const fake = fakeInstrument({ ...fakeDescription, axisSource: 'device', models })
  fake.identity = { ...fake.identity, serial, pixels: 12, fullScale: 65_535, axis: tinyAxis }
  const show = (ratio: readonly number[]) => {
    fake.counts = ratio.map((value) => DARK + LIGHT * value)
  }
  const scene = { next: (n: number): readonly number[] => transmittance(n % 3, 0.01, n) }
  let shown = 0
  fake.phases.acquire = (frame) => {
    show(scene.next(shown++))
    return frame()
  }
  const settings = { ...instrumentDefaults, ...wanted, integrationUs: EXPOSURE_MS * 1000, trigger: { intervalMs: 10 } }
  const supervisor = createSupervisor({ settings, clock, open: fake.open, ports: { list: async () => [], ports$: NEVER }, families: fake.families })
  const events: EventContent[] = []
  const committed: Result[] = []
  const decisions: Decided[] = []
  const taken = { instrument: id, axis: tinyAxis.id, integrationUs: EXPOSURE_MS * 1000, gain: null, binning: null, temperatureC: null }
  const dark = { id: 'dark', counts: new Float64Array(12).fill(DARK) }
  const white = new Float64Array(12).fill(DARK + LIGHT)
  const time = new Date(clock.wallMs()).toISOString()
  let nextSeq = 1
  let ids = 0
  const station: Station = createStation({
    ...{ settings, supervisor, slot, agent: 'box-1', clock, clockTrusted: () => true, boot: 'b1' },
    store: {
      reserveSeq: async (_, count) => {
        nextSeq += count
        return nextSeq - count
      },
      lastSeq: async () => null,
      references: async () => [
        reference('white', { ...taken, time, counts: white, dark }),
        reference('dark', { ...taken, time, counts: dark.counts, dark: null }),
      ],
      addReference: async () => {},
    },
    nextId: () => `id-${++ids}`,
    deliver: async () => {},
    event: (content) => events.push(content),
    onDecided: (decision) => decisions.push(decision),
  })
  const broken: unknown[] = []
  station.committed$.subscribe({ next: (result) => committed.push(result), error: (error: unknown) => broken.push(error) })
  const stop = async () => {
    const stopping = station.stop()
    await clock.advance(2000)
    await stopping
  }
  return { fake, station, scene, events, committed, decisions, broken, stop }
}

/** An instrument as an install looks at it: the one that the tiny model was made for. */
export const onSlot = (changes: Partial<InstrumentOnSlot> = {}): InstrumentOnSlot => ({
  where: 'tcp://127.0.0.1:4001',
  quantity: 'transmittance',
  transfer: null,
  connected: () => ({ id: 'fake-fk1', family: 'fake', axis: tinyAxis }),
  ...changes,
})

export const tinyBundleOf = async (changes: Partial<ManifestDraft> = {}) => readBundle(await tinyBundle(changes))
