import { isFailure } from '../../src/failures.js'
import { type Axis, makeAxis } from '../../src/spectrum/axis.js'
import type { Wire } from './description.js'

/** Configuration slots that are read (section 3): serial number, wavelength C0..C3, linearity coefficients, their order, saturation. */
export const SLOTS = { serial: 0, wavelength: [1, 2, 3, 4], linearity: [6, 7, 8, 9, 10, 11, 12, 13], order: 14, saturation: 17 } as const

/** Nanometres between which every grating of these instruments works; a polynomial that leaves them is no calibration. */
const PLAUSIBLE_NM = { min: 100, max: 6000 } as const

/** The text of a slot: ASCII up to the first NUL or 0xFF, what follows is garbage. Null where it is empty or not text. */
export const textOf = (data: Uint8Array): string | null => {
  const end = data.findIndex((byte) => byte === 0 || byte === 0xff)
  const text = String.fromCharCode(...data.subarray(0, end < 0 ? data.length : end)).trim()
  return /^[\x20-\x7e]+$/.test(text) ? text : null
}

/** Decimal text of the C locale, maybe with exponent. Null where it is none: never a silent zero. */
export const numberOf = (data: Uint8Array): number | null => {
  const text = textOf(data) ?? ''
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : null
}

/** lambda(p) = C0 + C1 p + C2 p^2 + C3 p^3 in nm (section 6). Null where a coefficient is missing or no axis comes of them. */
export const axisFrom = (coefficients: readonly (number | null)[], pixels: number, { pixelOffset }: Wire): Axis | null => {
  const known = allKnown(coefficients)
  if (!known) return null
  const values = Float64Array.from({ length: pixels }, (_, i) => polynomial(known, i - pixelOffset))
  const [first = 0] = values
  if (first < PLAUSIBLE_NM.min || (values.at(-1) ?? 0) > PLAUSIBLE_NM.max) return null
  try {
    return makeAxis('wavelength', values)
  } catch (error) {
    if (isFailure(error, 'AXIS_INVALID')) return null
    throw error
  }
}

/** The coefficients up to the order that slot 14 names, ascending. Null where one of them is missing. */
export const linearityFrom = (coefficients: readonly (number | null)[], order: number | null): readonly number[] | null => {
  if (order === null || !Number.isInteger(order) || order < 0 || order >= coefficients.length) return null
  const known = allKnown(coefficients.slice(0, order + 1))
  return known?.some((value) => value !== 0) ? known : null
}

/** Raw counts at which the detector is full (section 5, "Gain scaling"). `maxCount` where the slot is unset. */
export const saturationFrom = (data: Uint8Array, { saturation }: Wire, maxCount: number): number => {
  if (!saturation) return maxCount
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const level = saturation.bytes === 2 ? view.getUint16(saturation.at, true) : view.getUint32(saturation.at, true)
  return level === 0 || level > maxCount ? maxCount : level
}

/** Register 4: major in bits 12-15, minor in 4-11, patch in 0-3. */
export const firmwareFrom = (register: number): { readonly major: number; readonly text: string } => ({
  major: register >> 12,
  text: `${register >> 12}.${(register >> 4) & 0xff}.${register & 0xf}`,
})

const allKnown = (values: readonly (number | null)[]): readonly number[] | null => {
  const known = values.filter((value) => value !== null)
  return known.length === values.length ? known : null
}

const polynomial = (coefficients: readonly number[], x: number): number => coefficients.reduceRight((sum, c) => sum * x + c, 0)
