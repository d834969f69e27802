import type { Unfit } from './contract.js'

/** The two reasons for which an operation that needs the whole spectrum refuses one with a mask. */
export const gapReasons = (name: string): { readonly masked: Unfit; readonly few: Unfit } => ({
  masked: { flag: 'masked', why: `${name}: a channel holds no valid value, and the chain does not allow to skip it` },
  few: { flag: 'masked', why: `${name}: too few channels hold a valid value` },
})

/** How many values are NaN. */
export const countGaps = (values: Float64Array): number => {
  let gaps = 0
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) gaps++
  return gaps
}

/** Copies `values` with 0 in each gap, marks in `live` where a value is (1) or not (0), and returns how many there are. */
export const takeValid = (values: Float64Array, taken: Float64Array, live: Float64Array): number => {
  let valid = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    const there = Number.isNaN(value) ? 0 : 1
    valid += there
    taken[i] = there === 1 ? value : 0
    live[i] = there
  }
  return valid
}

/**
 * Copies `values`, each gap bridged by a straight line over the channel index between its neighbours, or by the nearest value at an
 * end: for estimates that must look across a gap and whose own result keeps the NaN. All NaN stays all NaN.
 */
export const bridgeGaps = (values: Float64Array, bridged: Float64Array) => {
  const n = values.length
  for (let i = 0; i < n; i++) {
    const value = values[i] ?? 0
    bridged[i] = value
    if (!Number.isNaN(value)) continue
    let end = i + 1
    while (end < n && Number.isNaN(values[end])) end++
    const left = i > 0 ? (bridged[i - 1] ?? 0) : (values[end] ?? value)
    const right = end < n ? (values[end] ?? 0) : left
    for (let k = i; k < end; k++) bridged[k] = left + ((right - left) * (k - i + 1)) / (end - i + 1)
    i = end - 1
  }
}
