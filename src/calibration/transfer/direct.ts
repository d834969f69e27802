import { Failure } from '../../failures.js'
import type { DirectStandardization, SpectrumTransfer } from './contract.js'
import { singularValues } from './singular-values.js'
import { pairedStandards } from './standards.js'

/**
 * Direct standardization (Wang, Veltkamp, Kowalski 1991, Analytical Chemistry 63:2750): F = pinv(S_slave) S_master, both centred; singular
 * values at or below `rcond` times the largest are cut, so that few standards do not turn noise into spectra.
 * @param slave, master paired rows, one for each standard; the two instruments may differ in their number of channels
 * @throws Failure DATA_INVALID on standards that do not pair, or all alike
 */
export const fitDs = (
  slave: readonly Float64Array[],
  master: readonly Float64Array[],
  { rcond }: { readonly rcond: number },
): DirectStandardization => {
  if (!(rcond >= 0 && rcond < 1)) throw new Failure('DATA_INVALID', { where: 'transfer', seen: `rcond ${rcond}`, allowed: '0 to below 1' })
  const standards = pairedStandards(slave, master)
  const { values, left, right } = singularValues(standards.slave)
  const largest = values[0]
  if (largest === undefined)
    throw new Failure('DATA_INVALID', { where: 'transfer', seen: 'slave standards that are all alike', allowed: 'standards that differ' })
  const kept = [...values.keys()].filter((d) => (values[d] ?? 0) > rcond * largest)
  return {
    method: 'ds',
    slaveMean: [...standards.slaveMean],
    masterMean: [...standards.masterMean],
    slaveDirections: kept.map((d) => Array.from(right[d] ?? [], (value) => value / (values[d] ?? 1))),
    masterDirections: kept.map((d) => {
      const sum = new Float64Array(standards.masterMean.length)
      standards.master.forEach((row, i) => {
        const share = left[d]?.[i] ?? 0
        for (let j = 0; j < sum.length; j++) sum[j] = (sum[j] ?? 0) + share * (row[j] ?? 0)
      })
      return [...sum]
    }),
  }
}

export const dsRunner = (fitted: DirectStandardization): SpectrumTransfer => {
  const slaveMean = Float64Array.from(fitted.slaveMean)
  const masterMean = Float64Array.from(fitted.masterMean)
  const from = fitted.slaveDirections.map((row) => Float64Array.from(row))
  const to = fitted.masterDirections.map((row) => Float64Array.from(row))
  return {
    inputs: slaveMean.length,
    outputs: masterMean.length,
    run: (input, output) => {
      output.set(masterMean)
      for (let d = 0; d < from.length; d++) add(output, to[d] ?? masterMean, score(input, slaveMean, from[d] ?? slaveMean))
    },
  }
}

const score = (x: Float64Array, mean: Float64Array, direction: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < mean.length; i++) sum += ((x[i] ?? Number.NaN) - (mean[i] ?? 0)) * (direction[i] ?? 0)
  return sum
}

const add = (to: Float64Array, row: Float64Array, factor: number) => {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) + factor * (row[i] ?? 0)
}
