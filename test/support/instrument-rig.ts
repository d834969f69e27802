import type { EmulatorOptions, StreamEnd, UsbEnd } from '../../src/emulation/contract.js'
import { isFailure } from '../../src/failures.js'
import type { AcquisitionSettings, Driver, Frame, Identity } from '../../src/instruments/contract.js'
import type { Family } from './families.js'
import { type ManualClock, manualClock } from './manual-clock.js'
import { streamPair } from './stream-pair.js'
import { usbPair } from './usb-pair.js'

/** Steps of the clock while a call is under way, and the most of it that a call may take; milliseconds. */
const STEP_MS = 50
const CALL_MS = 60_000

/** Counts in the dark and their noise, of every emulator on a rig. */
const DARK = { darkCounts: 1000, noiseCounts: 5 } as const
/** Brightness of one look after the other: a frame of another exposure of the scene shows. */
const LEVELS = [1, 1.3, 1.6] as const

/** Light on a pixel in counts per millisecond: no two neighbours alike, so that a shift by one pixel or one byte shows. */
const lightPerMs = (pixel: number): number => 15 + (45 * ((pixel * 37) % 97)) / 96

interface Looked {
  readonly atMs: number
  readonly level: number
}

/** An emulator and whatever drivers are connected to it, one after the other, under a clock that only `during` moves. */
export interface Rig {
  readonly end: StreamEnd | UsbEnd
  readonly clock: ManualClock
  readonly bad: { readonly cause: string; readonly bytes: number }[]
  /** Every command that any driver wrote. */
  readonly written: Uint8Array[]
  longestReadMs(): number
  /** Plugs in (anew): an open link and a driver on it. The one before is not closed: it was killed. */
  connect(): Driver
  unplug(): void
  close(): Promise<void>
  /** Moves the clock until the call has settled. */
  during<T>(call: Promise<T>): Promise<T>
  /** Darkens the scene, for dark frames. */
  light(on: boolean): void
  /** Null for a frame that shows the scene, looked at within the frame's own time, at its own exposure; else what is wrong. */
  wrongWith(frame: Frame, dark: Float64Array, identity: Identity): string | null
}

export const createRig = (
  family: Family,
  { model, cut }: { model?: string | undefined; cut?: (bytes: Uint8Array) => readonly Uint8Array[] } = {},
): Rig => {
  const clock = manualClock()
  const looks: Looked[] = []
  let lit = true
  const scene = {
    look(pixels: number) {
      const level = lit ? (LEVELS[looks.length % LEVELS.length] ?? 1) : 0
      looks.push({ atMs: clock.monotonicMs(), level })
      return { name: `level ${level}`, perMs: Float64Array.from({ length: pixels }, (_, i) => level * lightPerMs(i)) }
    },
  }
  const options: EmulatorOptions = { scene, clock, seed: 7, ...DARK, ...(model === undefined ? {} : { model }) }
  const end = family.createEmulator(options)
  const bad: { cause: string; bytes: number }[] = []
  const written: Uint8Array[] = []
  let pair: ReturnType<typeof streamPair> | ReturnType<typeof usbPair> | null = null
  let longestMs = 0
  const leave = () => {
    if (!pair) return
    written.push(...pair.written)
    if ('longestReadMs' in pair) longestMs = Math.max(longestMs, pair.longestReadMs())
    void pair.open.close()
    pair = null
  }
  return {
    end,
    clock,
    bad,
    get written() {
      return [...written, ...(pair?.written ?? [])]
    },
    longestReadMs: () => Math.max(longestMs, pair && 'longestReadMs' in pair ? pair.longestReadMs() : 0),
    connect() {
      leave()
      pair = end.kind === 'stream' ? streamPair(end, cut) : usbPair(end, clock)
      return family.createDriver(pair.open, { clock, badFrame: (cause, bytes) => bad.push({ cause, bytes }) })
    },
    unplug() {
      pair?.unplug()
    },
    async close() {
      leave()
    },
    during: (call) => during(clock, call),
    light(on) {
      lit = on
    },
    wrongWith: (frame, dark, identity) => wrongWith(frame, dark, identity, looks),
  }
}

const during = async <T>(clock: ManualClock, call: Promise<T>): Promise<T> => {
  let settled = false
  const done = () => {
    settled = true
  }
  call.then(done, done)
  for (let passedMs = 0; !settled; passedMs += STEP_MS) {
    if (passedMs > CALL_MS) throw new Error(`the call has not settled after ${CALL_MS} ms of its clock`)
    await clock.advance(STEP_MS)
  }
  return call
}

const wrongWith = (frame: Frame, dark: Float64Array, { fullScale }: Identity, looks: readonly Looked[]): string | null => {
  const { counts, applied, exposureStartMs, exposureEndMs } = frame
  const exposureMs = (applied.integrationUs.readBack ?? applied.integrationUs.rounded) / 1000
  if (counts.length !== applied.pixels) return `${counts.length} counts for ${applied.pixels} pixels`
  if (exposureEndMs - exposureStartMs < exposureMs) return `${exposureEndMs - exposureStartMs} ms for an exposure of ${exposureMs} ms`
  const levels = looks.filter(({ atMs }) => atMs >= exposureStartMs && atMs <= exposureEndMs).map(({ level }) => level)
  const shows = levels.some((level) => share(counts, dark, (pixel) => level * lightPerMs(pixel) * exposureMs) > 0.95)
  const full = counts.filter((count) => count >= fullScale).length / counts.length
  return shows || full > 0.9 ? null : `counts ${counts.slice(100, 104).join(' ')} show none of the levels ${levels.join(', ')} at ${exposureMs} ms`
}

/** The share of pixels that show this light, within six standard deviations of the noisiest detector. */
const share = (counts: Float64Array, dark: Float64Array, light: (pixel: number) => number): number => {
  const fits = counts.filter((count, pixel) => {
    const expected = light(pixel)
    return Math.abs(count - (dark[pixel] ?? 0) - expected) < 60 + 3 * Math.sqrt(expected)
  })
  return fits.length / counts.length
}

/** The models that the family's emulator plays, at both USB speeds where it has them. */
export const playedModels = (family: Family): readonly string[] =>
  family.description.models
    .flatMap(({ model }) => (family.description.links.includes('usb') ? [model, `${model}/full`] : [model]))
    .filter((model) => {
      try {
        createRig(family, { model })
        return true
      } catch (error) {
        if (isFailure(error, 'USAGE')) return false
        throw error
      }
    })

/** Plain settings at an exposure of so many milliseconds. */
export const exposureOf = (ms: number): AcquisitionSettings => ({ integrationUs: ms * 1000, gain: null, binning: null })

/** A signal that nobody aborts. */
export const never = (): AbortSignal => new AbortController().signal

export interface Started {
  readonly driver: Driver
  readonly identity: Identity
  readonly dark: Float64Array
}

/** Identified, set to 100 ms, and with a dark frame of that exposure. */
export const start = async (rig: Rig, exposureMs = 100): Promise<Started> => {
  const driver = rig.connect()
  const identity = await rig.during(driver.identify())
  await rig.during(driver.apply(exposureOf(exposureMs)))
  rig.light(false)
  const { counts } = await rig.during(driver.acquire(never()))
  rig.light(true)
  return { driver, identity, dark: counts }
}
