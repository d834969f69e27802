import { type Random, seededRandom } from '../../spectrum/random.js'
import { addProducts, addScaledAt, type Block, blockOf, dotAt, timesVector } from './products.js'
import { tridiagonalEigen } from './tridiagonal.js'

export interface EigenPairs {
  /** Falling. */
  readonly values: Float64Array
  /** [values][size], orthonormal rows; the largest entry of each is positive, so that the same matrix gives the same numbers. */
  readonly vectors: Float64Array
}

/** An eigenvalue below this share of the largest is rounding. */
const NOTHING = 1e-13
/** A pair has converged when what is left of it is below this share of its value (or rounding of the largest). */
const CONVERGED = 1e-10
/** Steps between looks at convergence: each look costs the square of the steps so far. */
const STEPS_BETWEEN = 8
const SEED = 1

/**
 * The largest eigenvalues, at most `wanted`, of a symmetric positive semidefinite matrix, and their vectors: Lanczos' iteration in which
 * every step is made orthogonal to all before (Golub and Van Loan, Matrix Computations, 4th ed., 10.3). Costs about three times
 * `wanted` matrix-vector products where the spectrum falls as spectra's do, and never more than the whole matrix has rows.
 * Gives fewer where the rank is lower.
 */
export const largestEigen = (matrix: Float64Array, size: number, wanted: number): EigenPairs => {
  const random = seededRandom(SEED)
  const diagonal: number[] = []
  const beside: number[] = []
  const steps = new Float64Array(size * size)
  let next = fresh(random, steps, 0, size)
  while (next !== null) {
    const at = diagonal.length
    steps.set(next, at * size)
    const image = timesVector(matrix, next)
    diagonal.push(dotAt(image, 0, next, 0, size))
    takeOut(image, steps, at + 1, size)
    const left = Math.sqrt(dotAt(image, 0, image, 0, size))
    const done = at + 1
    if (done === size) break
    const scale = Math.max(...diagonal)
    if (left <= NOTHING * scale) {
      // All that this start reaches is found; another start may reach more (equal eigenvalues, or none above zero).
      beside.push(0)
      next = fresh(random, steps, done, size)
      if (next === null || !reaches(matrix, next, NOTHING * scale)) break
      continue
    }
    beside.push(left)
    if (done >= wanted && done % STEPS_BETWEEN === 0 && converged(diagonal, beside, left, wanted)) break
    next = image.map((value) => value / left)
  }
  return pairsOf(diagonal, beside, steps, size, wanted)
}

const converged = (diagonal: readonly number[], beside: readonly number[], left: number, wanted: number): boolean => {
  const values = Float64Array.from(diagonal)
  const ends = new Float64Array(values.length)
  ends[ends.length - 1] = 1
  tridiagonalEigen(values, Float64Array.from(beside), ends, 1)
  const order = falling(values)
  const largest = values[order[0] ?? 0] ?? 0
  return order.slice(0, wanted).every((i) => {
    const value = values[i] ?? 0
    return left * Math.abs(ends[i] ?? 0) <= Math.max(CONVERGED * value, NOTHING * largest)
  })
}

const pairsOf = (diagonal: readonly number[], beside: readonly number[], steps: Float64Array, size: number, wanted: number): EigenPairs => {
  const count = diagonal.length
  const values = Float64Array.from(diagonal)
  const turned = new Float64Array(count * count)
  for (let i = 0; i < count; i++) turned[i * count + i] = 1
  tridiagonalEigen(
    values,
    Float64Array.from({ length: count }, (_, i) => beside[i] ?? 0),
    turned,
    count,
  )
  const order = falling(values)
  const largest = Math.max(0, values[order[0] ?? 0] ?? 0)
  const chosen = order.slice(0, wanted).filter((i) => (values[i] ?? 0) > NOTHING * largest)
  const vectors = new Float64Array(chosen.length * size)
  chosen.forEach((i, a) => {
    const vector = vectors.subarray(a * size, (a + 1) * size)
    for (let k = 0; k < count; k++) addScaledAt(vector, 0, steps, k * size, size, turned[i * count + k] ?? 0)
    const most = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0)
    if (most < 0) for (let k = 0; k < size; k++) vector[k] = -(vector[k] ?? 0)
  })
  return { values: Float64Array.from(chosen, (i) => values[i] ?? 0), vectors }
}

/** Takes the first `count` rows of `steps` out of a vector, twice: once leaves rounding. */
const takeOut = (vector: Float64Array, steps: Float64Array, count: number, size: number): void => {
  const known: Block = { values: steps, start: 0, stride: size, rows: count }
  for (let pass = 0; pass < 2; pass++) {
    const along = new Float64Array(count)
    addProducts(blockOf(along, 1), known, blockOf(vector, size), size, 1)
    for (let a = 0; a < count; a++) addScaledAt(vector, 0, steps, a * size, size, -(along[a] ?? 0))
  }
}

/** A unit vector by chance, orthogonal to the steps so far; null where they span everything. */
const fresh = (random: Random, steps: Float64Array, count: number, size: number): Float64Array | null => {
  if (count >= size) return null
  const vector = Float64Array.from({ length: size }, () => random.gaussian())
  takeOut(vector, steps, count, size)
  const length = Math.sqrt(dotAt(vector, 0, vector, 0, size))
  return length > 0 ? vector.map((value) => value / length) : null
}

const reaches = (matrix: Float64Array, vector: Float64Array, least: number): boolean => {
  const image = timesVector(matrix, vector)
  return Math.sqrt(dotAt(image, 0, image, 0, image.length)) > least
}

const falling = (values: Float64Array): number[] => [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0))
