import type { Acquisition } from './emulator-acquisition.js'
import type { FpgaModel } from './emulator-models.js'
import { createSlots, SLOT_BYTES } from './emulator-slots.js'

/** Board and detector temperature in degrees Celsius: this instrument stands in a warm room. */
const BOARD_C = 31.25
const UNCOOLED_C = 24.5
/** 0x6C, degrees Celsius a count, and its status for a good transfer (Flame manual, chapter 8). */
const BOARD_C_PER_COUNT = 0.003906
const I2C_OK = 0x08
const FIRMWARE_REGISTER = 0x04
const HIGH_SPEED = 0x80

export interface CommandsContext {
  readonly model: FpgaModel
  readonly speed: 'full' | 'high'
  readonly serial: string
  readonly acquisition: Acquisition
  /** Spectrum packets that the host has not yet taken. */
  unreadPackets(): number
  takeFault(fault: 'fe-register'): boolean
  reply(bytes: Uint8Array): void
}

/**
 * What a model does with the bytes of one OUT transfer (protocol page, section 3). Commands that are cut off, unknown, or for another
 * model do nothing, without a word.
 */
export const createCommands = ({
  model,
  speed,
  serial,
  acquisition,
  unreadPackets,
  takeFault,
  reply,
}: CommandsContext): ((command: Uint8Array) => void) => {
  const slots = createSlots(model, serial)
  const registers = new Uint16Array(256)
  if (model.firmware !== null) registers[FIRMWARE_REGISTER] = model.firmware
  let lamp = 0
  let coolerOn = 0
  let coolerTenths = -100

  const words = (...values: readonly number[]): readonly number[] => values.flatMap((value) => [value & 0xff, (value >> 8) & 0xff])

  /** Bytes of the whole command, where the model knows it, and what it does. */
  const table: Readonly<Record<number, { readonly bytes: number; readonly known?: boolean; run(view: DataView): void }>> = {
    1: { bytes: 1, run: () => {} },
    2: { bytes: 5, run: (view) => acquisition.setIntegration(view.getUint32(1, true)) },
    3: {
      bytes: 3,
      run: (view) => {
        lamp = view.getUint16(1, true) === 0 ? 0 : 1
      },
    },
    5: {
      bytes: 2,
      run: (view) => {
        const slot = slots[view.getUint8(1)]
        if (slot) reply(Uint8Array.of(0x05, view.getUint8(1), ...slot))
      },
    },
    6: {
      bytes: 2 + SLOT_BYTES,
      run: (view) => slots[view.getUint8(1)]?.set(new Uint8Array(view.buffer, view.byteOffset + 2, SLOT_BYTES)),
    },
    9: { bytes: 1, run: () => acquisition.request() },
    10: { bytes: 3, run: (view) => acquisition.setTrigger(view.getUint16(1, true)) },
    106: {
      bytes: 4,
      known: model.firmware !== null,
      run: (view) => {
        if (view.getUint8(1) !== FIRMWARE_REGISTER) registers[view.getUint8(1)] = view.getUint16(2, true)
      },
    },
    107: {
      bytes: 2,
      known: model.firmware !== null,
      run: (view) => {
        const register = view.getUint8(1)
        const echo = takeFault('fe-register') ? 0xfe : (model.registerEcho ?? register)
        reply(Uint8Array.of(echo, ...words(registers[register] ?? 0)))
      },
    },
    108: { bytes: 1, known: model.boardTemperature, run: () => reply(Uint8Array.of(I2C_OK, ...words(Math.round(BOARD_C / BOARD_C_PER_COUNT)))) },
    113: {
      bytes: 3,
      known: model.cooler,
      run: (view) => {
        coolerOn = view.getUint16(1, true) === 0 ? 0 : 1
      },
    },
    114: { bytes: 1, known: model.cooler, run: () => reply(Uint8Array.of(...words(coolerOn ? coolerTenths : UNCOOLED_C * 10))) },
    115: {
      bytes: 3,
      known: model.cooler,
      run: (view) => {
        coolerTenths = view.getInt16(1, true)
      },
    },
    254: { bytes: 1, run: () => reply(status()) },
  }

  const status = (): Uint8Array => {
    const slotCount = (speed === 'full' ? model.fullSpeedSlots : undefined) ?? model.slots
    const packets = (2 * slotCount) / (speed === 'high' ? 512 : 64) + 1
    const { integrationUs, trigger, exposing } = acquisition
    const time = [...words(integrationUs), ...words(integrationUs >>> 16)]
    const loaded = Math.min(unreadPackets(), 0xff)
    return Uint8Array.of(
      ...words(model.slots),
      ...time,
      lamp,
      trigger,
      exposing ? 1 : 0,
      packets,
      1,
      loaded,
      0,
      0,
      speed === 'high' ? HIGH_SPEED : 0,
      0,
    )
  }

  return (command) => {
    const entry = table[command[0] ?? 0]
    if (entry && entry.known !== false && command.length >= entry.bytes)
      entry.run(new DataView(command.buffer, command.byteOffset, command.byteLength))
  }
}
