import { writeFileSync } from 'node:fs'
import { jcampOf } from '../datasets/jcamp/write.js'
import { Failure } from '../failures.js'
import { axisUnits } from '../spectrum/axis.js'
import type { Decided } from '../station/line.js'
import { quantityKinds } from './recorded-quantity.js'

/** What a file of one spectrum holds, by its end. */
const writers: Readonly<Record<string, (decision: Decided) => string>> = {
  '.csv': ({ inferred }) => csvOf(inferred.calibrated),
  '.jdx': ({ inferred }) => jdxOf(inferred.calibrated),
}

/** A path that `writeSpectrum` can write. @throws Failure USAGE, before anything is measured. */
export const checkedOut = (file: string): string => {
  if (writerOf(file) !== undefined) return file
  throw new Failure('USAGE', { where: '--out', seen: file, allowed: `a file ending in ${Object.keys(writers).join(' or ')}` })
}

/** Writes what was measured. @throws Failure FILE_FAILED, or DATA_INVALID for what a JCAMP-DX file cannot hold. */
export const writeSpectrum = (file: string, decision: Decided): void => {
  const text = writerOf(file)?.(decision) ?? ''
  try {
    writeFileSync(file, text)
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where: file, seen, cure: 'name a folder that exists and can be written', cause })
  }
}

const writerOf = (file: string) => Object.entries(writers).find(([end]) => file.endsWith(end))?.[1]

type Calibrated = Decided['inferred']['calibrated']

/** One line a channel: axis value, mean raw counts, the ratio to the white (empty where it is masked). */
const csvOf = ({ measurement, ratio, quantity }: Calibrated): string => {
  const { axis, counts, instrument, seq, time } = measurement
  const unit = axisUnits[axis.kind]
  const rows = Array.from(axis.values, (value, i) => `${value},${counts[i]},${Number.isFinite(ratio[i]) ? ratio[i] : ''}`)
  return [`# instrument ${instrument}, seq ${seq}, ${time}`, `${axis.kind}_${unit},counts,${quantity}`, ...rows, ''].join('\n')
}

/** The ratio alone: JCAMP-DX holds one ordinate. */
const jdxOf = ({ measurement, ratio, quantity }: Calibrated): string => {
  const { axis, instrument, seq, time } = measurement
  if (!ratio.some(Number.isFinite))
    throw new Failure('DATA_INVALID', {
      where: '--out FILE.jdx',
      seen: `no ${quantity}: a reference is missing`,
      cure: 'measure --dark and measure --white first; --out FILE.csv holds the raw counts too',
    })
  return jcampOf({
    title: `${instrument} ${seq}`,
    axis,
    values: ratio,
    quantity: quantityKinds[quantity].quantityKind,
    origin: instrument,
    measured: time,
  })
}
