import { createEmulator } from '../../drivers/chromation/emulator.js'
import type { Scene, StreamEnd } from '../../src/emulation/contract.js'
import { hostTcp } from '../../src/emulation/host-tcp.js'
import { createLightPath, type LightPath } from '../../src/emulation/light-path.js'
import { systemClock } from '../../src/system-clock.js'

/** The exposure of an instrument that is not paced, microseconds: no round trip is too fast for it. */
export const UNPACED_US = 100

/** An emulated instrument behind a TCP port of this machine, for an agent of another process. */
export interface EmulatedChromation {
  readonly url: string
  readonly light: LightPath
  readonly end: StreamEnd
  /** Exposures done so far. */
  captured(): number
  /** Resolves when the next exposure begins, and when the next one is done. */
  nextExposure(): Promise<void>
  nextCapture(): Promise<void>
  /** What the sensor is set to, asked for as the maker's library would; only while no host is connected. */
  settings(): Promise<SensorSettings>
  close(): Promise<void>
}

export interface SensorSettings {
  readonly binning: number
  readonly gain: number
  readonly rows: number
  readonly cycles: number
}

/** GetSensorConfig -> 00 00 binning gain rows; GetExposure -> 00 00 cycles(2). */
const QUESTIONS = Uint8Array.of(0x07, 0x09)
const ANSWER_BYTES = 9

export const emulateChromation = async ({ unpaced = false, seed = 1 }: { unpaced?: boolean; seed?: number } = {}): Promise<EmulatedChromation> => {
  const light = createLightPath()
  const begun = createBell()
  const done = createBell()
  let count = 0
  const scene: Scene = {
    look(pixels) {
      begun.ring()
      return light.look(pixels)
    },
  }
  const onCaptured = () => {
    count += 1
    done.ring()
  }
  const end = createEmulator({ scene, clock: systemClock, seed, unpaced, onCaptured })
  const { url, close } = await hostTcp(end, { port: 0 })
  return {
    url,
    light,
    end,
    captured: () => count,
    nextExposure: begun.next,
    nextCapture: done.next,
    settings: () =>
      new Promise((resolve) => {
        const bytes: number[] = []
        end.attach((part) => {
          bytes.push(...part)
          // What an agent left unanswered comes first: the answers to these questions are the last bytes.
          const [, , binning = -1, gain = -1, rows = -1, , , high = -1, low = -1] = bytes.slice(-ANSWER_BYTES)
          if (part.length === 4 && bytes.length >= ANSWER_BYTES) {
            end.detach()
            resolve({ binning, gain, rows, cycles: high * 256 + low })
          }
        })
        end.receive(QUESTIONS)
      }),
    close,
  }
}

/** Wakes whoever waits for the next ring. */
const createBell = () => {
  let waiting: (() => void)[] = []
  return {
    next: () => new Promise<void>((resolve) => waiting.push(resolve)),
    ring() {
      const woken = waiting
      waiting = []
      for (const resolve of woken) resolve()
    },
  }
}
