import { Failure } from '../failures.js'
import { type Axis, pixelAxis } from '../spectrum/axis.js'
import type { Flag } from '../spectrum/flags.js'

/** An axis source by name, for messages. */
export interface AxisSource {
  readonly axis: Axis
  /** The file, or the instrument. */
  readonly where: string
}

/**
 * The axis of the device, else of the file, else bare pixels and the flag `uncalibrated` (DESIGN section 5).
 * @throws Failure AXIS_INVALID naming both numbers when the axis has another length than the instrument has pixels.
 */
export const chooseAxis = (device: AxisSource | null, file: AxisSource | null, pixels: number): { axis: Axis; flags: readonly Flag[] } => {
  const source = device ?? file
  if (source === null) return { axis: pixelAxis(pixels), flags: ['uncalibrated'] }
  const values = source.axis.values.length
  if (values !== pixels)
    throw new Failure('AXIS_INVALID', {
      where: source.where,
      seen: `${values} values for ${pixels} pixels`,
      allowed: `${pixels} values, one for each pixel`,
      cure: 'binning changes the number of pixels: name the axis that belongs to it',
    })
  return { axis: source.axis, flags: [] }
}
