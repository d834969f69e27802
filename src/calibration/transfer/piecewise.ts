import { Failure } from '../../failures.js'
import { mapRunner } from '../../preprocessing/apply-map.js'
import { type LinearMap, linearMap } from '../../preprocessing/linear-map.js'
import { MAX_HALF_WINDOW, type PiecewiseStandardization, type SpectrumTransfer } from './contract.js'
import { dot, singularValues } from './singular-values.js'
import { pairedStandards } from './standards.js'

/**
 * Piecewise direct standardization (Wang, Veltkamp, Kowalski 1991, Analytical Chemistry 63:2750, by principal component regression):
 * channel j of the master is regressed on channels j - halfWindow to j + halfWindow of the slave, clipped at the ends, both centred,
 * through the first `rank` singular vectors (fewer where the window holds fewer directions).
 * @param slave, master paired rows, one for each standard, on the same axis
 * @throws Failure DATA_INVALID on standards that do not pair, or axes that differ in length
 */
export const fitPds = (
  slave: readonly Float64Array[],
  master: readonly Float64Array[],
  { halfWindow, rank }: { readonly halfWindow: number; readonly rank: number },
): PiecewiseStandardization => {
  if (!Number.isInteger(halfWindow) || halfWindow < 0 || halfWindow > MAX_HALF_WINDOW)
    throw wrong(`half window ${halfWindow}`, `0 to ${MAX_HALF_WINDOW}`)
  if (!Number.isInteger(rank) || rank < 1) throw wrong(`rank ${rank}`, 'at least 1')
  const standards = pairedStandards(slave, master)
  const n = standards.masterMean.length
  if (standards.slaveMean.length !== n) throw wrong(`${standards.slaveMean.length} slave channels, ${n} of the master`, 'both on one axis')
  const windows: number[][] = []
  const offsets: number[] = []
  for (let j = 0; j < n; j++) {
    const from = Math.max(0, j - halfWindow)
    const to = Math.min(n, j + halfWindow + 1)
    const target = Float64Array.from(standards.master, (row) => row[j] ?? 0)
    const weights = regressed(
      standards.slave.map((row) => row.subarray(from, to)),
      target,
      rank,
    )
    windows.push([...weights])
    offsets.push((standards.masterMean[j] ?? 0) - dot(weights, standards.slaveMean.subarray(from, to)))
  }
  return { method: 'pds', halfWindow, offsets, windows }
}

/** The transfer as an affine map of the channels, banded as a convolution is. */
export const pdsMap = ({ halfWindow, offsets, windows }: PiecewiseStandardization): LinearMap =>
  linearMap(
    offsets.length,
    windows.map((row, j) => ({ taps: row.map((weight, k) => [Math.max(0, j - halfWindow) + k, weight]), bias: offsets[j] ?? 0 })),
  )

export const pdsRunner = (fitted: PiecewiseStandardization): SpectrumTransfer => {
  const map = pdsMap(fitted)
  return { inputs: map.inputs, outputs: map.outputs, run: mapRunner(map) }
}

/** Principal component regression without intercept: both sides are centred already. */
const regressed = (rows: readonly Float64Array[], target: Float64Array, rank: number): Float64Array => {
  const { values, left, right } = singularValues(rows)
  const weights = new Float64Array(rows[0]?.length ?? 0)
  for (let d = 0; d < Math.min(rank, values.length); d++) {
    const share = dot(left[d] ?? target, target) / (values[d] ?? 1)
    weights.forEach((weight, i) => {
      weights[i] = weight + share * (right[d]?.[i] ?? 0)
    })
  }
  return weights
}

const wrong = (seen: string, allowed: string): Failure => new Failure('DATA_INVALID', { where: 'transfer', seen, allowed })
