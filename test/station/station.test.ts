import { NEVER } from 'rxjs'
import t from 'tap'
import type { EventContent } from '../../src/delivery/contract.js'
import { Failure } from '../../src/failures.js'
import type { Engine } from '../../src/inference/engine.js'
import { MAX_IN_FLIGHT } from '../../src/instruments/acquisition.js'
import { createSupervisor } from '../../src/instruments/supervisor.js'
import { readBundle } from '../../src/models/bundle.js'
import type { LoadedModel } from '../../src/models/open.js'
import { openModel } from '../../src/models/open.js'
import type { TransferFile } from '../../src/models/transfer-file.js'
import { instrumentDefaults } from '../../src/settings/schema.js'
import { pixelAxis } from '../../src/spectrum/axis.js'
import type { Reference } from '../../src/spectrum/reference.js'
import type { Result } from '../../src/spectrum/result.js'
import { createModelSlot } from '../../src/station/model-slot.js'
import { createStation, type StationOptions } from '../../src/station/station.js'
import { fakeInstrument, wanted } from '../support/fake-instrument.js'
import { manualClock } from '../support/manual-clock.js'
import { tinyBundle, tinyGate } from '../support/tiny-model.js'

const slotOf = (model: LoadedModel | null) => createModelSlot({ name: 'default', model, clock: manualClock(), agentVersion: '0.1.0' })

/** A station over a fake instrument of 100 ms and a store in memory; `deliver` can be replaced. */
const bench = (changes: Partial<StationOptions> = {}, trigger: StationOptions['settings']['trigger'] = 'request') => {
  const clock = manualClock()
  const fake = fakeInstrument()
  const settings = { ...instrumentDefaults, ...wanted, trigger }
  const supervisor = createSupervisor({ settings, clock, open: fake.open, ports: { list: async () => [], ports$: NEVER }, families: fake.families })
  const events: EventContent[] = []
  const delivered: Result[] = []
  const committed: Result[] = []
  const references: Reference[] = []
  const world = { last: null as number | null, next: 1, storeFails: 0, ids: 0 }
  const store: StationOptions['store'] = {
    reserveSeq: async (_, count) => {
      const first = world.next
      world.next += count
      return first
    },
    lastSeq: async () => {
      if (world.storeFails-- > 0) throw new Failure('STORE_FAILED', { seen: 'disk full' })
      return world.last
    },
    references: async () => references,
    addReference: async (reference) => {
      references.unshift(reference)
    },
  }
  const station = createStation({
    ...{ settings, supervisor, slot: slotOf(null), agent: 'box-1', store, clock, clockTrusted: () => true, boot: 'b1' },
    nextId: () => `id-${++world.ids}`,
    deliver: async (result) => {
      delivered.push(result)
    },
    event: (content) => events.push(content),
    ...changes,
  })
  const broken: unknown[] = []
  station.committed$.subscribe({ next: (result) => committed.push(result), error: (error) => broken.push(error) })
  const seqs = () => committed.map(({ seq }) => seq)
  return { clock, fake, station, events, delivered, committed, world, seqs, broken }
}

/** A `deliver` whose commits return when the test says so, in whatever order. */
const heldUp = () => {
  const waiting: { seq: number; commit: () => void }[] = []
  const deliver = ({ seq }: Result) => new Promise<void>((commit) => waiting.push({ seq, commit }))
  return { waiting, deliver }
}

t.test('a measurement on request resolves with the result that is committed, also where the commit is at once', async (t) => {
  const { clock, station, committed } = bench()
  station.start()
  await clock.advance(1)
  const measuring = station.target()?.measure()
  await clock.advance(200)
  t.equal(committed.length, 1)
  t.equal(await Promise.race([measuring, clock.advance(1).then(() => 'still waiting')]), committed[0])
  t.match(committed[0], { seq: 1, verdict: 'rejected', reason: 'dark-missing', flags: ['uncalibrated', 'dark-missing', 'white-missing', 'no-model'] })
  await station.stop()
})

t.test('at most so many spectra are between exposure and commit; each commit lets one more in', async (t) => {
  const { waiting, deliver } = heldUp()
  const { clock, station, fake, seqs } = bench({ deliver }, 'continuous')
  station.start()
  await clock.advance(10_000)
  const exposures = () => fake.log.filter((call) => call === 'acquire').length
  t.equal(waiting.length, MAX_IN_FLIGHT)
  t.equal(exposures(), MAX_IN_FLIGHT)
  waiting[0]?.commit()
  await clock.advance(1000)
  t.equal(exposures(), MAX_IN_FLIGHT + 1)
  t.strictSame(seqs(), [1])
  for (const { commit } of waiting) commit()
  await clock.advance(0)
  t.equal(seqs().length, MAX_IN_FLIGHT + 1)
  const stopping = station.stop()
  await clock.advance(2000)
  await stopping
})

t.test('a stop commits what is in flight and measures nothing more; a second stop does no harm', async (t) => {
  const { waiting, deliver } = heldUp()
  const { clock, station, fake, seqs } = bench({ deliver }, 'continuous')
  station.start()
  await clock.advance(350)
  t.equal(waiting.length, 3)
  const stopping = Promise.all([station.stop(), station.stop()])
  await clock.advance(10)
  for (const { commit } of waiting) commit()
  await clock.advance(2000)
  await stopping
  t.strictSame(seqs(), [1, 2, 3])
  t.match(fake.log.slice(-2), ['close-driver', 'close-link'])
  const calls = fake.log.length
  await clock.advance(5000)
  t.equal(fake.log.length, calls)
})

t.test('a commit that never returns does not hold up a stop', async (t) => {
  const { deliver } = heldUp()
  const { clock, station, seqs } = bench({ deliver }, 'continuous')
  station.start()
  await clock.advance(250)
  let stopped = false
  void station.stop().then(() => {
    stopped = true
  })
  await clock.advance(2000)
  t.ok(stopped)
  t.strictSame(seqs(), [])
})

t.test('numbers that were reserved and never used are announced', async (t) => {
  const { clock, station, events, world } = bench()
  world.last = 41
  world.next = 1001
  station.start()
  await clock.advance(1)
  t.match(events, [
    { kind: 'gap', data: { from: 42, to: 1000 }, message: 'seq 42 to 1000 will never come: reserved before the last stop and not used' },
  ])
  await station.stop()
})

t.test('a store that fails while an instrument is set up is waited out, and told', async (t) => {
  const { clock, station, events, world, broken, committed } = bench()
  world.storeFails = 2
  station.start()
  await clock.advance(1)
  const measuring = station.target()?.measure()
  await clock.advance(3000)
  t.match(await measuring, { seq: 1 })
  t.equal(committed.length, 1)
  t.strictSame(broken, [])
  t.match(events, [
    { kind: 'fault', code: 'STORE_FAILED' },
    { kind: 'fault', code: 'STORE_FAILED' },
  ])
  await station.stop()
})

t.test('references are taken and used from the next spectrum on', async (t) => {
  const { clock, station, fake } = bench()
  station.start()
  await clock.advance(1)
  const ask = async <T>(what: Promise<T> | undefined): Promise<T | undefined> => {
    await clock.advance(200)
    return what
  }
  const target = station.target()
  fake.identity = { ...fake.identity, fullScale: 65_535 }
  fake.counts = [10, 10, 10, 10]
  const dark = await ask(target?.takeReference('dark', 0))
  fake.counts = [90, 90, 90, 90]
  const white = await ask(target?.takeReference('white', 0))
  fake.counts = [50, 50, 50, 50]
  const result = await ask(target?.measure())
  t.match(result, { references: { dark: dark?.id, white: white?.id }, flags: ['uncalibrated', 'no-model'], reason: 'no-model' })
  await station.stop()
})

/** A model of four pixels that says nothing, and to whose gate everything is foreign. */
const fourPixels = async (): Promise<LoadedModel> => {
  const bundle = readBundle(await tinyBundle())
  const axis = pixelAxis(4)
  const chain = [{ op: 'absorbance', eps: 1e-6 }]
  const gate = { ...tinyGate(), k: 1, mean: [9, 9, 9, 9], loadings: [[1, 0, 0, 0]], eigenvalues: [1], scalars: {} }
  const manifest = {
    ...bundle.manifest,
    chain,
    gate,
    input: { ...bundle.manifest.input, axis: { kind: 'pixel' as const, values: [...axis.values] } },
  }
  const engine: Engine = { inputs: 4, outputs: 3, predict: async (_, n) => new Float32Array(3 * n), close: async () => undefined }
  const opened = await openModel({ ...bundle, manifest, axis, prepared: axis }, async () => engine)
  return { ...opened, bundle: { ...bundle, manifest, axis, prepared: axis } }
}

t.test('what lies between spectra is watched, told with the instrument, and begun anew after a reconnect', async (t) => {
  const { clock, station, fake, events } = bench({ slot: slotOf(await fourPixels()) })
  station.start()
  await clock.advance(1)
  const ask = async <T>(what: Promise<T> | undefined): Promise<T | undefined> => {
    await clock.advance(200)
    return what
  }
  fake.identity = { ...fake.identity, fullScale: 65_535 }
  const measure = async (times: number) => {
    let last: Result | undefined
    for (let i = 0; i < times; i++) last = await ask(station.target()?.measure())
    return last?.reason
  }
  const reference = async (kind: 'dark' | 'white', level: number) => {
    fake.counts = [level, level, level, level]
    await ask(station.target()?.takeReference(kind, 0))
  }
  await reference('dark', 10)
  await reference('white', 90)
  fake.counts = [50, 50, 50, 50]
  const drifts = () => events.filter(({ kind }) => kind.startsWith('drift'))
  t.equal(await measure(16), 'foreign')
  t.strictSame(drifts(), [], 'the seventeenth in succession is the one')
  fake.unplug()
  await clock.advance(20_000)
  t.equal(await measure(16), 'foreign')
  t.strictSame(drifts(), [], 'a reconnect starts at none')
  await measure(1)
  t.match(drifts(), [{ kind: 'drift-raised', instrument: 'fake-fk1', data: { what: 'refused' } }])
  await station.stop()
})

t.test('a transfer is used on the instrument and model that it was made for, and refused with its reason anywhere else', async (t) => {
  const model = await fourPixels()
  const { id, version } = model.bundle.manifest
  const transferFor = (sha256: string, instrument: string): TransferFile => ({
    schema: 'transfer/1',
    bundle: { id, version, sha256 },
    instrument: { id: instrument, quantity: 'transmittance', axis: { kind: 'pixel', values: [0, 1, 2, 3] } },
    fitted: null,
    conformal: null,
    standards: { data: 'made up', referenced: 5, spectra: 5, picked: 'none', figures: {} },
  })
  const flagsWith = async (transfer: TransferFile | null) => {
    const { clock, station, events } = bench({ slot: slotOf(model), transfer })
    station.start()
    await clock.advance(1)
    const measuring = station.target()?.measure()
    await clock.advance(200)
    const result = await measuring
    await station.stop()
    return { flags: result?.flags ?? [], told: events.filter(({ kind }) => kind === 'model') }
  }
  t.notOk((await flagsWith(null)).flags.includes('interval-unavailable'))
  const right = await flagsWith(transferFor(model.bundle.sha256, 'fake-fk1'))
  t.strictSame([right.flags.includes('interval-unavailable'), right.flags.includes('transfer-mismatch'), right.told], [true, false, []])
  for (const wrong of [transferFor('0'.repeat(64), 'fake-fk1'), transferFor(model.bundle.sha256, 'fake-other')]) {
    const { flags, told } = await flagsWith(wrong)
    t.ok(flags.includes('transfer-mismatch'))
    t.match(told, [{ instrument: 'fake-fk1', code: 'transfer-mismatch', message: /the transfer was made for/ }])
  }
})

t.test('while the instrument is away there is nothing to ask; back again the numbers go on', async (t) => {
  const { clock, station, fake, seqs } = bench({}, 'continuous')
  station.start()
  await clock.advance(250)
  const before = seqs().length
  const { open } = fake.phases
  fake.phases.open = async () => {
    throw new Failure('PORT_FAILED', { where: 'there' })
  }
  fake.unplug()
  await clock.advance(0)
  t.equal(station.target(), null)
  fake.phases.open = open
  await clock.advance(20_000)
  t.ok(seqs().length > before)
  t.strictSame(
    seqs(),
    seqs().map((_, i) => i + 1),
  )
  await station.stop()
})

t.test('ticks that passed unused are told as missed', async (t) => {
  const { clock, station } = bench({}, { intervalMs: 30 })
  const missed: number[] = []
  station.events$.subscribe((event) => {
    if (event.kind === 'trigger-missed') missed.push(event.count)
  })
  station.start()
  await clock.advance(5000)
  await station.stop()
  t.ok(missed.reduce((sum, count) => sum + count, 0) > 50, `${missed}`)
})

t.test('a line that breaks says so once', async (t) => {
  const { clock, station, broken } = bench({
    deliver: async () => {
      throw new Failure('DATA_INVALID', { seen: 'too long' })
    },
  })
  station.start()
  await clock.advance(1)
  void station
    .target()
    ?.measure()
    ?.catch(() => {})
  await clock.advance(500)
  t.match(broken, [{ code: 'DATA_INVALID' }])
  const stopping = station.stop()
  await clock.advance(2000)
  await stopping
})

t.test('what an instrument measured is committed also when another one takes its place, and the next one starts after that', async (t) => {
  const { waiting, deliver } = heldUp()
  const { clock, station, fake, committed, broken } = bench({ deliver }, 'continuous')
  station.start()
  await clock.advance(350)
  t.equal(waiting.length, 3)
  fake.unplug()
  fake.identity = { ...fake.identity, serial: 'FK2' }
  await clock.advance(1000)
  for (const { commit } of waiting.splice(0)) commit()
  await clock.advance(250)
  t.strictSame(
    committed.map(({ instrument, seq }) => `${instrument} ${seq}`),
    ['fake-fk1 1', 'fake-fk1 2', 'fake-fk1 3'],
  )
  t.equal(waiting.length, 2, 'of the other one are in flight')
  const stopping = station.stop()
  await clock.advance(10)
  for (const { commit } of waiting) commit()
  await clock.advance(2000)
  await stopping
  t.strictSame(
    committed.slice(3).map(({ instrument }) => instrument),
    ['fake-fk2', 'fake-fk2'],
  )
  t.strictSame(broken, [])
})

t.test('an instrument that goes with its first frame is no fault of ours', async (t) => {
  for (let ticks = 0; ticks < 16; ticks++) {
    const { clock, station, fake, broken } = bench({}, 'continuous')
    fake.phases.acquire = async (frame) => {
      const taken = await frame()
      const later = async () => {
        for (let tick = 0; tick < ticks; tick++) await null
        fake.unplug()
      }
      void later()
      return taken
    }
    station.start()
    await clock.advance(150)
    t.strictSame(broken, [], `${ticks} turns later`)
    const stopping = station.stop()
    await clock.advance(2000)
    await stopping
  }
})

t.test('a stop while the store fails is no fault', async (t) => {
  const { clock, station, world, broken } = bench()
  world.storeFails = 100
  station.start()
  await clock.advance(2500)
  const stopping = station.stop()
  await clock.advance(2000)
  await stopping
  t.strictSame(broken, [])
})

t.test('who asked for a measurement that a stop leaves uncommitted is told so', async (t) => {
  const { deliver } = heldUp()
  const { clock, station } = bench({ deliver })
  station.start()
  await clock.advance(1)
  const told = station
    .target()
    ?.measure()
    .then(
      () => 'a result',
      (error: unknown) => error,
    )
  await clock.advance(200)
  const stopping = station.stop()
  await clock.advance(2000)
  await stopping
  t.match(await Promise.race([told, clock.advance(1).then(() => 'nothing')]), { code: 'ABORTED' })
})
