import { createHash } from 'node:crypto'
import { Failure } from '../failures.js'

/** What an axis counts in: nm, cm-1 (absorption), cm-1 (Raman shift), or bare pixels. */
export type AxisKind = 'wavelength' | 'wavenumber' | 'raman-shift' | 'pixel'

export const axisUnits: Record<AxisKind, string> = {
  wavelength: 'nm',
  wavenumber: 'cm-1',
  'raman-shift': 'cm-1',
  pixel: 'pixel',
}

/** Strictly ascending, finite values. Two axes are the same when their ids are. */
export interface Axis {
  readonly kind: AxisKind
  readonly values: Float64Array
  readonly id: string
}

/**
 * An axis from its values, copied.
 * @throws Failure AXIS_INVALID naming the first index that is not finite or does not ascend, or fewer than 2 values.
 */
export const makeAxis = (kind: AxisKind, values: ArrayLike<number>, where = 'axis'): Axis => {
  const own = Float64Array.from(values)
  if (own.length < 2) throw new Failure('AXIS_INVALID', { where, seen: `${own.length} values`, allowed: 'at least 2' })
  own.forEach((value, i) => {
    if (!Number.isFinite(value)) throw new Failure('AXIS_INVALID', { where, seen: `${value} at index ${i}`, allowed: 'finite numbers' })
    const before = own[i - 1]
    if (before !== undefined && value <= before)
      throw new Failure('AXIS_INVALID', { where, seen: `${before} then ${value} at index ${i}`, allowed: 'strictly ascending values' })
  })
  return { kind, values: own, id: axisId(kind, own) }
}

/** The axis 0, 1, 2 ... of an instrument that nobody calibrated. */
export const pixelAxis = (pixels: number): Axis =>
  makeAxis(
    'pixel',
    Float64Array.from({ length: pixels }, (_, i) => i),
  )

/** DESIGN section 1: 12 hex digits of SHA-256 over the kind and the float64 little-endian values. */
const axisId = (kind: AxisKind, values: Float64Array): string => {
  const bytes = new DataView(new ArrayBuffer(values.length * 8))
  values.forEach((value, i) => {
    bytes.setFloat64(i * 8, value, true)
  })
  return createHash('sha256').update(kind).update(new Uint8Array(bytes.buffer)).digest('hex').slice(0, 12)
}
