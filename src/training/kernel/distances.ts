import { addProducts, type Block, dotAt } from '../linear/products.js'
import { centredRows } from '../linear/row-space.js'

/** Spectra up to which all distances are kept, 8 MiB; beyond, those that are asked for are computed then. */
export const MAX_KEPT_SPECTRA = 1024

/** Squared Euclidean distances between the spectra of a bench. */
export interface Distances {
  readonly count: number
  readonly channels: number
  /** [a][b]. */
  between(a: readonly number[], b: readonly number[]): Block
  /** From one spectrum, by at most ROUGH_CHANNELS channels, evenly spaced: enough to say which spectra a set of others covers. */
  roughly(from: number, to: readonly number[]): Float64Array
}

/** Channels that rough distances look at. */
const ROUGH_CHANNELS = 64

/**
 * From |a|^2 + |b|^2 - 2 ab of the spectra about their mean, cut at 0: far from the mean the difference of large numbers would lose
 * what tells near spectra apart.
 * @throws Failure DATA_INVALID as `rowSpaceOf` says.
 */
export const distancesOf = (rows: readonly Float64Array[]): Distances => {
  const { channels, centred } = centredRows(rows)
  const count = rows.length
  const squares = Float64Array.from({ length: count }, (_, i) => dotAt(centred, i * channels, centred, i * channels, channels))
  const computed = (a: readonly number[], b: readonly number[]): Block => {
    const out = emptyBlock(a.length, b.length)
    addProducts(out, picked(centred, channels, a), picked(centred, channels, b), channels, -2)
    a.forEach((row, i) => {
      const own = squares[row] ?? 0
      for (let j = 0; j < b.length; j++) {
        const other = b[j] ?? 0
        const at = i * b.length + j
        out.values[at] = row === other ? 0 : Math.max(0, own + (squares[other] ?? 0) + (out.values[at] ?? 0))
      }
    })
    return out
  }
  const step = Math.ceil(channels / ROUGH_CHANNELS)
  const roughly = (from: number, to: readonly number[]): Float64Array =>
    Float64Array.from(to, (row) => {
      let sum = 0
      for (let j = 0; j < channels; j += step) sum += ((centred[from * channels + j] ?? 0) - (centred[row * channels + j] ?? 0)) ** 2
      return sum
    })
  if (count > MAX_KEPT_SPECTRA) return { count, channels, between: computed, roughly }
  const all = [...rows.keys()]
  const { values } = computed(all, all)
  return {
    count,
    channels,
    roughly,
    between(a, b) {
      const out = emptyBlock(a.length, b.length)
      a.forEach((row, i) => {
        for (let j = 0; j < b.length; j++) out.values[i * b.length + j] = values[row * count + (b[j] ?? 0)] ?? 0
      })
      return out
    },
  }
}

export const emptyBlock = (rows: number, width: number): Block => ({ values: new Float64Array(rows * width), start: 0, stride: width, rows })

const picked = (values: Float64Array, width: number, rows: readonly number[]): Block => {
  const out = emptyBlock(rows.length, width)
  rows.forEach((row, i) => {
    out.values.set(values.subarray(row * width, (row + 1) * width), i * width)
  })
  return out
}
