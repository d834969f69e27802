import type { CreateStreamEmulator, Faults } from '../../src/emulation/contract.js'
import { createFaultSwitches } from '../../src/emulation/fault-switches.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { createSensorBoard } from './emulator-sensor.js'

/** Every misbehaviour by name. One occasion is one reply of the kind that the sentence names. */
export const faults = {
  silent: 'a command is swallowed: nothing is done and nothing comes back',
  late: 'a reply comes 3 s after it was due; until then the instrument hears nothing',
  garbage: 'random bytes come in the place of a reply, as many, and never beginning with the status OK',
  short: 'a frame loses three bytes on the way',
  'error-status': 'a command is refused with the status ERROR and not carried out',
  stale: 'a capture is answered at once with the pixels of the frame before',
  leftover: 'at the next connect the end of an old frame comes first',
  saturate: 'every pixel of a frame is at full scale',
  'wrong-exposure': 'a new exposure is acknowledged, but the sensor takes another one, and reads that back',
  'extra-bytes': 'three bytes follow a reply that belong to nothing',
} as const satisfies Faults

/** Milliseconds that a `late` reply is late. */
const LATE_MS = 3000
/** Bytes a `short` frame loses, bytes that `extra-bytes` adds, bytes of the old frame that are `leftover`. */
const SHORT_BYTES = 3
const EXTRA_BYTES = 3
const LEFTOVER_BYTES = 37
/** Bytes that the USB bridge takes while the instrument is busy (FT221X data sheet: 512 byte buffer); what comes on top is lost. */
const FIFO_BYTES = 512

const OK = 0x00
const ERROR = 0x01
const NULL = 0x00
const GET_BRIDGE_LED = 0x01
const SET_BRIDGE_LED = 0x02
const CAPTURE_FRAME = 0x0b
/** bridge status, sensor status, number of pixels (2) */
const FRAME_HEADER_BYTES = 4
/** Bytes of a command that is longer than its id; all others are the id alone. */
const COMMAND_BYTES: ReadonlyMap<number, number> = new Map([
  [0x01, 2],
  [0x02, 3],
  [0x03, 2],
  [0x04, 3],
  [0x08, 4],
  [0x0a, 3],
  [0x0e, 12],
])
const BRIDGE_LEDS = 1
const LED_SETTINGS = 3
const LED_GREEN = 1

/**
 * A Chromation dev-kit spectrometer behind its USB serial bridge (protocols/serial-chromation, firmware of dev-kit-2020 @74b71241).
 * Commands are put together from any pieces and carried out one after the other: what comes during an exposure waits in the
 * bridge's buffer. The page says nothing of LED count and power-on setting: one on the bridge, two on the sensor, all green, is our choice;
 * so is that a refused Get command answers its status alone.
 */
export const createEmulator: CreateStreamEmulator = (options) => {
  const switches = createFaultSwitches(faults)
  const chance = seededRandom(options.seed ^ 0x5f4c)
  const sensor = createSensorBoard(options, switches.take)
  const bridgeLeds = new Uint8Array(BRIDGE_LEDS).fill(LED_GREEN)
  const fifo = new Uint8Array(FIFO_BYTES)
  let held = 0
  let busy = false
  let pumping = false
  let lastFrame: Uint8Array | null = null
  let send: ((bytes: Uint8Array) => void) | null = null

  const randomByte = () => Math.floor(chance.uniform() * 256)
  const randomBytes = (length: number) => Uint8Array.from({ length }, randomByte)

  const deliver = (reply: Uint8Array): void => {
    busy = false
    send?.(reply)
    pump()
  }

  /** A finished reply on its way out, where it may be damaged or held up. */
  const answer = (command: Uint8Array, reply: Uint8Array): void => {
    const whole = command[0] === CAPTURE_FRAME && reply.length > FRAME_HEADER_BYTES
    if (whole) lastFrame = reply
    let sent = reply
    if (whole && switches.take('short'))
      sent = without(sent, FRAME_HEADER_BYTES + Math.floor(chance.uniform() * (sent.length - FRAME_HEADER_BYTES - SHORT_BYTES)))
    if (switches.take('garbage')) sent = randomBytes(sent.length).fill(1 + (randomByte() % 255), 0, 1)
    if (switches.take('extra-bytes')) sent = joined(sent, randomBytes(EXTRA_BYTES))
    if (switches.take('late')) void options.clock.sleep(LATE_MS).then(() => deliver(sent))
    else deliver(sent)
  }

  const execute = (command: Uint8Array): void => {
    const [id = NULL] = command
    if (id === NULL || switches.take('silent')) return
    busy = true
    if (id === CAPTURE_FRAME && lastFrame !== null && switches.take('stale')) deliver(lastFrame)
    else if (switches.take('error-status')) answer(command, isForBridge(id) ? Uint8Array.of(ERROR) : Uint8Array.of(OK, ERROR))
    else if (isForBridge(id)) answer(command, bridgeReply(command))
    else if (sensor.knows(id)) sensor.execute(command, (reply) => answer(command, reply))
    else answer(command, Uint8Array.of(ERROR))
  }

  const bridgeReply = ([id, led = 0, setting = 0]: Uint8Array): Uint8Array => {
    if (led >= BRIDGE_LEDS) return Uint8Array.of(ERROR)
    if (id === GET_BRIDGE_LED) return Uint8Array.of(OK, bridgeLeds[led] ?? 0)
    if (setting >= LED_SETTINGS) return Uint8Array.of(ERROR)
    bridgeLeds[led] = setting
    return Uint8Array.of(OK)
  }

  /** Carries out what has arrived whole. A host that answers within `send` gets its turn after the command at hand. */
  const pump = (): void => {
    if (pumping) return
    pumping = true
    while (!busy && held > 0) {
      const bytes = COMMAND_BYTES.get(fifo[0] ?? 0) ?? 1
      if (held < bytes) break
      const command = fifo.slice(0, bytes)
      fifo.copyWithin(0, bytes, held)
      held -= bytes
      execute(command)
    }
    pumping = false
  }

  return {
    kind: 'stream',
    attach(host) {
      send = host
      if (switches.take('leftover')) send((lastFrame ?? randomBytes(LEFTOVER_BYTES)).slice(-LEFTOVER_BYTES))
    },
    receive(bytes) {
      const taken = bytes.subarray(0, FIFO_BYTES - held)
      fifo.set(taken, held)
      held += taken.length
      pump()
    },
    detach() {
      send = null
    },
    misbehave: switches.misbehave,
    heal: switches.heal,
  }
}

const isForBridge = (id: number): boolean => id === GET_BRIDGE_LED || id === SET_BRIDGE_LED

const without = (bytes: Uint8Array, at: number): Uint8Array => joined(bytes.subarray(0, at), bytes.subarray(at + SHORT_BYTES))

const joined = (one: Uint8Array, other: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(one.length + other.length)
  whole.set(one)
  whole.set(other, one.length)
  return whole
}
