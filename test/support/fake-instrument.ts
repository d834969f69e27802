import { Failure } from '../../src/failures.js'
import type { Applied, Description, Driver, DriverContext, Frame, Identity } from '../../src/instruments/contract.js'
import type { Families, Family } from '../../src/instruments/families.js'
import type { Open, Wanted } from '../../src/instruments/session.js'
import type { OpenLink } from '../../src/links/contract.js'

export const fakeDescription: Description = {
  id: 'fake',
  title: 'An instrument that does what a test says',
  links: ['stream'],
  match: [{ usbVendor: 0x1209, usbProduct: 1, serialPrefix: 'FK' }],
  models: [{ model: 'one', pixels: 4, fullScale: 100, integrationUs: { min: 10, max: 1e9, step: 10 }, darkPixels: [], confidence: 'unconfirmed' }],
  axisSource: 'file',
  integrity: 'none',
  staleFrames: 0,
  source: 'invented',
}

export const wanted: Wanted = {
  link: 'tcp://127.0.0.1:4001',
  family: 'fake',
  id: null,
  axis: null,
  integrationUs: 100_000,
  averages: 1,
  gain: null,
  binning: null,
}

/** One fake on one port. Each phase can be replaced; what is not replaced works. All of it over the clock of the test. */
export interface FakeInstrument {
  readonly open: Open
  readonly families: Families
  /** Every call in order: open, identify, apply, acquire, close-driver, close-link. */
  readonly log: string[]
  /** The most calls of one driver that ever ran at once. */
  readonly mostAtOnce: () => number
  identity: Identity
  /** Counts of the next frames. */
  counts: number[]
  readonly phases: Phases
  /** Pulls the plug: `gone` resolves, whatever waits by `hang` fails with PORT_GONE. */
  unplug(): void
  /** For a phase: waits until aborted, unplugged, or its link is closed. */
  hang(signal?: AbortSignal): Promise<never>
}

interface Phases {
  open: () => Promise<void>
  identify: () => Promise<void>
  apply: (applied: Applied) => Promise<Applied>
  acquire: (frame: () => Promise<Frame>, signal: AbortSignal, context: DriverContext) => Promise<Frame>
  closeDriver: () => Promise<void>
  closeLink: () => Promise<void>
}

export const fakeInstrument = (description = fakeDescription): FakeInstrument => {
  const log: string[] = []
  const stuck = new Set<(why: Failure) => void>()
  let pull: (why: Failure) => void = () => {}
  let mostAtOnce = 0
  const release = (code: 'PORT_GONE' | 'ABORTED') => {
    for (const reject of [...stuck]) reject(new Failure(code))
    stuck.clear()
  }
  const phases: Phases = {
    open: async () => {},
    identify: async () => {},
    apply: async (applied) => applied,
    acquire: (frame) => frame(),
    closeDriver: async () => {},
    closeLink: async () => {},
  }
  const fake: FakeInstrument = {
    log,
    mostAtOnce: () => mostAtOnce,
    counts: [1, 2, 3, 4],
    identity: {
      family: 'fake',
      model: 'one',
      serial: 'FK1',
      firmware: null,
      axis: null,
      pixels: 4,
      fullScale: 100,
      darkPixels: [],
      integrationUs: { min: 10, max: 1e9, step: 10 },
      linearity: null,
    },
    phases,
    open: async (where) => {
      log.push('open')
      await phases.open()
      const gone = new Promise<Failure>((resolve) => {
        pull = resolve
      })
      return {
        kind: 'stream',
        where,
        gone,
        dropped: () => 0,
        link: { write: async () => {}, chunks: (async function* () {})() },
        async close() {
          log.push('close-link')
          release('PORT_GONE')
          await phases.closeLink()
        },
      }
    },
    families: familiesOf({ description, driver: async () => (open, context) => fakeDriver(open, context) }),
    unplug() {
      pull(new Failure('PORT_GONE', { where: 'fake' }))
      release('PORT_GONE')
    },
    hang: (signal) =>
      new Promise((_, reject) => {
        stuck.add(reject)
        signal?.addEventListener('abort', () => reject(new Failure('ABORTED')), { once: true })
      }),
  }
  const fakeDriver = (_open: OpenLink, context: DriverContext): Driver => {
    let running = 0
    let applied: Applied | null = null
    const call = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      log.push(name)
      mostAtOnce = Math.max(mostAtOnce, ++running)
      return work().finally(() => {
        running--
      })
    }
    const frame = async (signal: AbortSignal): Promise<Frame> => {
      if (applied === null) throw new Failure('INVARIANT')
      const exposureStartMs = context.clock.monotonicMs()
      await context.clock.sleep(applied.integrationUs.rounded / 1000, signal)
      const counts = Float64Array.from(fake.counts)
      return { counts, applied, exposureStartMs, exposureEndMs: context.clock.monotonicMs(), temperatureC: null }
    }
    return {
      identify: () =>
        call('identify', async () => {
          await phases.identify()
          return fake.identity
        }),
      apply: ({ integrationUs: us }) =>
        call('apply', async () => {
          applied = await phases.apply({
            integrationUs: { requested: us, rounded: us, readBack: us },
            gain: null,
            binning: null,
            pixels: fake.identity.pixels,
          })
          return applied
        }),
      acquire: (signal) => call('acquire', () => phases.acquire(() => frame(signal), signal, context)),
      close: () => call('close-driver', () => phases.closeDriver()),
    }
  }
  return fake
}

export const familiesOf = (...list: Family[]): Families => ({
  families: async () => list,
  broken: async () => [],
  async family(id) {
    const found = list.find(({ description }) => description.id === id)
    if (!found) throw new Failure('CONFIG_INVALID', { where: 'family', seen: id })
    return found
  },
})
