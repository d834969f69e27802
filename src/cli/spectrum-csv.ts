import { writeFileSync } from 'node:fs'
import { Failure } from '../failures.js'
import { axisUnits } from '../spectrum/axis.js'
import type { Decided } from '../station/line.js'

/** A path that `writeSpectrum` can write. @throws Failure USAGE, before anything is measured. */
export const checkedOut = (file: string): string => {
  if (file.endsWith('.csv')) return file
  throw new Failure('USAGE', { where: '--out', seen: file, allowed: 'a file ending in .csv' })
}

/** One line a channel: axis value, mean raw counts, the ratio to the white (empty where it is masked). @throws Failure FILE_FAILED. */
export const writeSpectrum = (file: string, { inferred }: Decided): void => {
  const { measurement, ratio, quantity } = inferred.calibrated
  const { axis, counts, instrument, seq, time } = measurement
  const unit = axisUnits[axis.kind]
  const rows = Array.from(axis.values, (value, i) => `${value},${counts[i]},${Number.isFinite(ratio[i]) ? ratio[i] : ''}`)
  const text = [`# instrument ${instrument}, seq ${seq}, ${time}`, `${axis.kind}_${unit},counts,${quantity}`, ...rows, ''].join('\n')
  try {
    writeFileSync(file, text)
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where: file, seen, cure: 'name a folder that exists and can be written', cause })
  }
}
