import { Failure } from '../../src/failures.js'
import type { FpgaModel } from './emulator-models.js'

/** Data bytes of a slot; a text ends at its NUL (protocol page, "Configuration slots"). */
export const SLOT_BYTES = 15
/** Slots that answer at all; those without content are erased flash. */
const SLOTS = 32
const ERASED = 0xff

/**
 * The configuration memory. The emulated detector is linear, so the linearity polynomial is 1 (order 7, as shipped instruments have).
 * What follows the NUL is 0x00 in the texts that shops write and 0xff in the rest: readers must stop at the NUL.
 * @throws Failure USAGE for a serial number that does not fit.
 */
export const createSlots = (model: FpgaModel, serial: string): readonly Uint8Array[] => {
  if (serial.length === 0 || serial.length >= SLOT_BYTES || !/^[\x20-\x7e]+$/.test(serial))
    throw new Failure('USAGE', { where: 'serial', seen: serial, allowed: `1 to ${SLOT_BYTES - 1} ASCII characters` })
  const slots = Array.from({ length: SLOTS }, () => new Uint8Array(SLOT_BYTES).fill(ERASED))
  const write = (slot: number, content: Uint8Array) => slots[slot]?.set(content)
  write(0, text(serial, 0x00))
  model.wavelength.forEach((coefficient, power) => {
    write(1 + power, text(coefficient, 0x00))
  })
  write(5, text('0.0', ERASED))
  for (let power = 0; power <= 7; power++) write(6 + power, text(power === 0 ? ' 1.00000e+00' : ' 0.00000e+00', ERASED))
  write(14, text('7', ERASED))
  write(15, text('02 000 025', ERASED))
  write(16, text('DET00001', ERASED))
  write(17, autoNull(model))
  return slots
}

const text = (content: string, filler: number): Uint8Array => {
  const bytes = new Uint8Array(SLOT_BYTES).fill(filler)
  bytes.set(new TextEncoder().encode(`${content}\0`))
  return bytes
}

/** Slot 17 is binary: the saturation level where the model has one, zeros elsewhere. */
const autoNull = ({ saturation, fullScale }: FpgaModel): Uint8Array => {
  const bytes = new Uint8Array(SLOT_BYTES)
  const view = new DataView(bytes.buffer)
  if (saturation?.bytes === 2) view.setUint16(saturation.at, fullScale, true)
  if (saturation?.bytes === 4) view.setUint32(saturation.at, fullScale, true)
  return bytes
}
