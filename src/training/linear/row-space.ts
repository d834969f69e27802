import { Failure } from '../../failures.js'
import type { Affine } from '../contract.js'
import { addProducts, addScaledAt, type Block, blockOf, dotAt } from './products.js'

/**
 * The rows of a bench in as few numbers as hold all that is in them. Where there are more channels than spectra, each row is written
 * in an orthonormal basis of all rows (their differences from the mean), computed once: lengths and angles stay, so that every model
 * of this folder is the same in it, and each fit works in the smaller of spectra and channels.
 */
export interface RowSpace {
  readonly count: number
  readonly channels: number
  /** Numbers a row: the channels, or the rank where there are more channels than spectra. */
  readonly size: number
  /** [count][size], about the mean of all rows. */
  readonly coordinates: Float64Array
  /** A model of the coordinates as one of the spectra. */
  toChannels(model: Affine): Affine
}

/** What is left of a row after the others that counts as nothing, as a share of the longest row as it was given: its rounding. */
const DEPENDENT = 1e-14

/** Numbers in one bench: 1 GiB. */
export const MAX_BENCH_NUMBERS = 2 ** 27

/** @throws Failure DATA_INVALID on no rows, rows of different lengths, numbers that are not finite, or too many numbers. */
export const rowSpaceOf = (rows: readonly Float64Array[]): RowSpace => {
  const { channels, mean, centred } = centredRows(rows)
  const count = rows.length
  if (count > channels) return { count, channels, size: channels, coordinates: centred, toChannels: (model) => shifted(model, mean, model.weights) }
  const { coordinates, basis, size } = orthonormal(centred, count, channels, DEPENDENT * longestOf(rows))
  return {
    count,
    channels,
    size,
    coordinates,
    toChannels(model) {
      const weights = new Float64Array(model.outputs * channels)
      for (let o = 0; o < model.outputs; o++)
        for (let a = 0; a < size; a++) addScaledAt(weights, o * channels, basis, a * channels, channels, model.weights[o * size + a] ?? 0)
      return shifted(model, mean, weights)
    },
  }
}

/** The rows about their mean, side by side. @throws Failure DATA_INVALID as `rowSpaceOf` says. */
export const centredRows = (rows: readonly Float64Array[]): { channels: number; mean: Float64Array; centred: Float64Array } => {
  const channels = checkedChannels(rows)
  const mean = new Float64Array(channels)
  for (const row of rows) addScaledAt(mean, 0, row, 0, channels, 1 / rows.length)
  const centred = new Float64Array(rows.length * channels)
  rows.forEach((row, i) => {
    centred.set(row, i * channels)
    addScaledAt(centred, i * channels, mean, 0, channels, -1)
  })
  return { channels, mean, centred }
}

/** The coordinates of some rows, about `centre`, side by side. */
export const gather = ({ coordinates, size }: RowSpace, rows: readonly number[], centre: Float64Array): Block => {
  const values = new Float64Array(rows.length * size)
  rows.forEach((row, i) => {
    values.set(coordinates.subarray(row * size, (row + 1) * size), i * size)
    addScaledAt(values, i * size, centre, 0, size, -1)
  })
  return { values, start: 0, stride: size, rows: rows.length }
}

/** Gram-Schmidt on the rows, each pass done twice (Giraud, Langou, Rozloznik, Comput. Math. Appl. 50:1069, 2005). */
const orthonormal = (centred: Float64Array, count: number, channels: number, nothing: number) => {
  const basis = new Float64Array(count * channels)
  const wide = new Float64Array(count * count)
  let size = 0
  for (let i = 0; i < count; i++) {
    const rest = centred.slice(i * channels, (i + 1) * channels)
    const known: Block = { values: basis, start: 0, stride: channels, rows: size }
    for (let pass = 0; pass < 2; pass++) {
      const along = new Float64Array(size)
      addProducts(blockOf(along, 1), known, blockOf(rest, channels), channels, 1)
      along.forEach((value, a) => {
        addScaledAt(rest, 0, basis, a * channels, channels, -value)
        wide[i * count + a] = (wide[i * count + a] ?? 0) + value
      })
    }
    const length = Math.sqrt(dotAt(rest, 0, rest, 0, channels))
    if (!(length > nothing)) continue
    wide[i * count + size] = length
    addScaledAt(basis, size * channels, rest, 0, channels, 1 / length)
    size++
  }
  const coordinates = new Float64Array(count * size)
  for (let i = 0; i < count; i++) coordinates.set(wide.subarray(i * count, i * count + size), i * size)
  return { coordinates, basis, size }
}

const longestOf = (rows: readonly Float64Array[]): number =>
  rows.reduce((longest, row) => Math.max(longest, Math.sqrt(dotAt(row, 0, row, 0, row.length))), 0)

/** The model of rows that `mean` was taken from before. */
const shifted = ({ outputs, bias }: Affine, mean: Float64Array, weights: Float64Array): Affine => ({
  outputs,
  weights,
  bias: bias.map((value, o) => value - dotAt(weights, o * mean.length, mean, 0, mean.length)),
})

const checkedChannels = (rows: readonly Float64Array[]): number => {
  const channels = rows[0]?.length ?? 0
  const refuse = (seen: string, allowed: string): never => {
    throw new Failure('DATA_INVALID', { where: 'spectra for linear models', seen, allowed })
  }
  if (channels === 0) refuse(`${rows.length} spectra of no channels`, 'at least one spectrum with one channel')
  if (rows.length * channels > MAX_BENCH_NUMBERS) refuse(`${rows.length} spectra of ${channels} channels`, `${MAX_BENCH_NUMBERS} numbers in all`)
  rows.forEach((row, i) => {
    if (row.length !== channels) refuse(`spectrum ${i} with ${row.length} channels`, `${channels} channels as in the first`)
    const bad = row.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0) refuse(`${row[bad]} in channel ${bad} of spectrum ${i}`, 'finite numbers')
  })
  return channels
}
