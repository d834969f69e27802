import { Failure } from '../../failures.js'
import { passage } from './forward.js'
import type { Net } from './net.js'

/** Spectra that one calibration looks at; more add nothing (agreement with fp32 stands still from 256 on). */
export const MAX_CALIBRATION_SPECTRA = 2000

/** What the numbers between the layers reach. */
export interface Ranges {
  /** Of the input, zero included. */
  readonly input: readonly [number, number]
  /** Largest value behind the ReLU of each hidden layer, convolutions first. */
  readonly hidden: readonly number[]
}

/**
 * Activation ranges from spectra that the net was trained on. Each spectrum gives its own maximum; the range is the `percentile`-th
 * of these (100 is the largest of all), so that one odd spectrum does not coarsen the steps for the others. What lies beyond is clipped.
 * A net that gives a value wants 100: clipping shifts values more than coarse steps do (made-up spectra of a dose of 160 to 240 mg:
 * RMS difference to fp32 0.6 mg at 100, 2.1 at 99, 3.3 at 95).
 */
export const calibrate = (net: Net, rows: readonly Float32Array[], percentile = 99): Ranges => {
  if (rows.length === 0) throw new Failure('INVARIANT', { where: 'calibration', seen: 'no spectra', allowed: 'at least one, better 256' })
  const passages = evenly(rows, MAX_CALIBRATION_SPECTRA).map((row) => ({ row, hidden: passage(net, row).hidden }))
  const quantile = (extremes: readonly number[]): number => {
    const sorted = extremes.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.ceil((percentile / 100) * sorted.length) - 1)] ?? 0
  }
  const highest = (values: Float32Array) => values.reduce((a, b) => Math.max(a, b), 0)
  return {
    input: [0 - quantile(passages.map(({ row }) => highest(row.map((v) => -v)))), quantile(passages.map(({ row }) => highest(row)))],
    hidden: (passages[0]?.hidden ?? []).map((_, i) => quantile(passages.map(({ hidden }) => highest(hidden[i] ?? new Float32Array(0))))),
  }
}

/** At most `limit` of the rows, spread over all. */
const evenly = (rows: readonly Float32Array[], limit: number): readonly Float32Array[] => {
  const stride = Math.max(1, rows.length / limit)
  return rows.filter((_, i) => Math.floor(i / stride) !== Math.floor((i - 1) / stride))
}
