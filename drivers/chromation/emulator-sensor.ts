import type { EmulatorOptions } from '../../src/emulation/contract.js'
import { chromationDetector, exposeDetector } from '../../src/spectrum/detector.js'
import { deviateRing, seededRandom } from '../../src/spectrum/random.js'
import { defaultAutoExpose, nextCycles, readAutoExpose, writeAutoExpose } from './emulator-auto-expose.js'

/** The board behind the bridge. Replies begin with the bridge's OK, then the sensor's own status. */
export interface SensorBoard {
  knows(id: number): boolean
  /** Carries out one whole command that `knows` accepts; `done` is called once, at once or when the frame is read out. */
  execute(command: Uint8Array, done: (reply: Uint8Array) => void): void
}

/** Milliseconds of one exposure cycle, and the cycles the sensor takes. */
const CYCLE_MS = 0.02
const MIN_CYCLES = 2
const MAX_CYCLES = 65_500
/** Milliseconds of read-out after the exposure (protocol page: about 0.1 s, unconfirmed). */
const READOUT_MS = 100
const PIXELS = 784
const ALL_ROWS = 0x1f
const ROWS = 5
/** Gain code to the factor by which light counts. */
const GAINS: ReadonlyMap<number, number> = new Map([
  [0x01, 1],
  [0x25, 2.5],
  [0x04, 4],
  [0x05, 5],
])
const LEDS = 2
const LED_SETTINGS = 3
const LED_GREEN = 1
/** First three bytes of the firmware's commit (dev-kit-2020 @74b71241). */
const FIRMWARE_HASH = [0x74, 0xb7, 0x12]
/** Deviates kept for unpaced runs: a prime, so that no pixel sees the same noise twice in 65,537 frames. */
const RING_LENGTH = 65_537

const CAPTURE_FRAME = 0x0b
const AUTO_EXPOSURE = 0x0c
const OK = 0x00
const ERROR = 0x01

/** Power-on state: binning on, gain 1x, all rows, 250 cycles (5 ms). More rows gather more light, in proportion (our inference). */
export const createSensorBoard = (
  { scene, clock, seed, unpaced = false, noiseCounts, darkCounts, onCaptured }: EmulatorOptions,
  takeFault: (fault: 'saturate' | 'wrong-exposure') => boolean,
): SensorBoard => {
  const detector = {
    ...chromationDetector,
    readNoiseCounts: noiseCounts ?? chromationDetector.readNoiseCounts,
    darkCounts: darkCounts ?? chromationDetector.darkCounts,
  }
  const random = unpaced ? deviateRing(seededRandom(seed), RING_LENGTH) : seededRandom(seed)
  const leds = new Uint8Array(LEDS).fill(LED_GREEN)
  let binning = 1
  let gain = 0x01
  let rows = ALL_ROWS
  let cycles = 250
  let autoExpose = defaultAutoExpose
  let counts = new Float64Array(PIXELS)

  const after = (ms: number, then: () => void): void => {
    if (unpaced) then()
    else void clock.sleep(ms).then(then)
  }

  /** One exposure with read-out; `then` finds the frame in `counts`. */
  const expose = (then: () => void): void => {
    const pixels = binning === 1 ? PIXELS / 2 : PIXELS
    const { name, perMs } = scene.look(pixels)
    const exposureMs = cycles * CYCLE_MS
    const share = (GAINS.get(gain) ?? 1) * (rowCount(rows) / ROWS)
    after(exposureMs, () => {
      onCaptured?.({ name, endMs: clock.wallMs() })
      if (counts.length !== pixels) counts = new Float64Array(pixels)
      exposeDetector(detector, perMs, exposureMs * share, random, counts)
      if (takeFault('saturate')) counts.fill(detector.fullScale)
      after(READOUT_MS, then)
    })
  }

  /** Tries exposures until the brightest pixel of the range is within tolerance of the target; the last one tried stays set. */
  const adjust = (iteration: number, done: (success: boolean, iterations: number) => void): void =>
    expose(() => {
      const { maxTries, startPixel, stopPixel, target, tolerance } = autoExpose
      const peak = counts.subarray(startPixel - 1, stopPixel).reduce((most, count) => Math.max(most, count), 0)
      const success = Math.abs(peak - target) <= tolerance
      if (success || iteration >= maxTries) {
        done(success, iteration)
        return
      }
      cycles = nextCycles(autoExpose, cycles, peak, detector)
      adjust(iteration + 1, done)
    })

  /** What is done at once; the result is the sensor part of the reply, its status first. */
  const settings: Readonly<Record<number, (argument: DataView) => readonly number[]>> = {
    3: (argument) => {
      const led = argument.getUint8(0)
      return led < LEDS ? [OK, leds[led] ?? 0] : [ERROR]
    },
    4: (argument) => {
      const [led, setting] = [argument.getUint8(0), argument.getUint8(1)]
      if (led >= LEDS || setting >= LED_SETTINGS) return [ERROR]
      leds[led] = setting
      return [OK]
    },
    7: () => [OK, binning, gain, rows],
    8: (argument) => {
      const [newBinning, newGain, newRows] = [argument.getUint8(0), argument.getUint8(1), argument.getUint8(2)]
      if (newBinning > 1 || !GAINS.has(newGain) || newRows === 0 || newRows > ALL_ROWS) return [ERROR]
      binning = newBinning
      gain = newGain
      rows = newRows
      return [OK]
    },
    9: () => [OK, cycles >> 8, cycles & 0xff],
    10: (argument) => {
      const wanted = argument.getUint16(0)
      if (wanted < MIN_CYCLES || wanted > MAX_CYCLES) return [ERROR]
      cycles = takeFault('wrong-exposure') ? otherThan(wanted) : wanted
      return [OK]
    },
    13: () => [OK, ...writeAutoExpose(autoExpose)],
    14: (argument) => {
      const wanted = readAutoExpose(argument)
      if (wanted === null) return [ERROR]
      autoExpose = wanted
      return [OK]
    },
    15: () => [OK, ...FIRMWARE_HASH],
  }

  return {
    knows: (id) => id === CAPTURE_FRAME || id === AUTO_EXPOSURE || Object.hasOwn(settings, id),
    execute(command, done) {
      const [id = 0] = command
      if (id === CAPTURE_FRAME) expose(() => done(frameBytes(counts)))
      else if (id === AUTO_EXPOSURE) adjust(1, (success, iterations) => done(Uint8Array.of(OK, OK, success ? 1 : 0, iterations)))
      else done(Uint8Array.of(OK, ...(settings[id]?.(new DataView(command.buffer, command.byteOffset + 1)) ?? [ERROR])))
    },
  }
}

/**
 * One frame:  BB SS NN NN PP PP PP PP ...
 * - BB, SS  status of bridge and sensor
 * - NN      number of pixels, big-endian as all
 * - PP      counts, one word a pixel
 */
const frameBytes = (counts: Float64Array): Uint8Array => {
  const bytes = new Uint8Array(4 + 2 * counts.length)
  bytes[2] = counts.length >> 8
  bytes[3] = counts.length & 0xff
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0
    bytes[4 + 2 * i] = count >> 8
    bytes[5 + 2 * i] = count & 0xff
  }
  return bytes
}

const rowCount = (bitmap: number): number => [0, 1, 2, 3, 4].filter((row) => bitmap & (1 << row)).length

/** A legal exposure that is far from the one that was set. */
const otherThan = (cycles: number): number => (cycles * 2 <= MAX_CYCLES ? cycles * 2 : cycles >> 1)
