import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { Failure } from '../failures.js'

/** Principal components of mean-centred rows. `loadings`: k orthonormal rows; `variances`: of the k scores, divisor n-1, falling. */
export interface Pca {
  readonly mean: Float64Array
  readonly loadings: readonly Float64Array[]
  readonly variances: readonly number[]
}

/**
 * Fits `k` components by the eigenvectors of the smaller of X'X and XX' (both give the same components). The sign of a component
 * is fixed so that its largest loading is positive: the same rows give the same numbers.
 * @throws Failure DATA_INVALID if the rows do not span `k` directions.
 */
export const fitPca = (rows: readonly Float64Array[], k: number): Pca => {
  const model = fitPcaBy(rows, () => k)
  if (model.loadings.length === k) return model
  throw new Failure('DATA_INVALID', {
    seen: `${rows.length} spectra that do not span ${k} directions`,
    allowed: `more spectra, or fewer components`,
  })
}

/**
 * The same with as many components as `choose` says, which is given the variances of all directions that the rows span (falling): fewer where
 * they span fewer.
 */
export const fitPcaBy = (rows: readonly Float64Array[], choose: (variances: readonly number[]) => number): Pca => {
  const channels = rows[0]?.length ?? 0
  const mean = meanOf(rows, channels)
  const centred = new Matrix(rows.map((row) => Array.from(row, (value, i) => value - (mean[i] ?? 0))))
  const wide = rows.length < channels
  const gram = wide ? centred.mmul(centred.transpose()) : centred.transpose().mmul(centred)
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true })
  const falling = [...realEigenvalues.keys()].sort((a, b) => (realEigenvalues[b] ?? 0) - (realEigenvalues[a] ?? 0))
  const spanned = falling.filter((column) => (realEigenvalues[column] ?? 0) > 1e-12 * (realEigenvalues[falling[0] ?? 0] ?? 0))
  const variance = (column: number) => (realEigenvalues[column] ?? 0) / (rows.length - 1)
  const order = spanned.slice(0, choose(spanned.map(variance)))
  return {
    mean,
    loadings: order.map((column) => {
      const vector = eigenvectorMatrix.getColumnVector(column)
      return unit(Float64Array.from((wide ? centred.transpose().mmul(vector) : vector).to1DArray()))
    }),
    variances: order.map(variance),
  }
}

/** Hotelling's T2 (scores over their variances) and Q (squared length of what the components do not reach) of one row. */
export const distances = ({ mean, loadings, variances }: Pca, row: Float64Array): { t2: number; q: number } => {
  const rest = row.map((value, i) => value - (mean[i] ?? 0))
  let t2 = 0
  loadings.forEach((loading, a) => {
    const score = dot(rest, loading)
    t2 += (score * score) / (variances[a] ?? Number.NaN)
    // Orthonormal loadings: taking each component out of the rest one after the other gives the same as all at once.
    loading.forEach((value, i) => {
      rest[i] = (rest[i] ?? 0) - score * value
    })
  })
  return { t2, q: dot(rest, rest) }
}

/** Mean of each channel. */
export const meanOf = (rows: readonly Float64Array[], channels: number): Float64Array => {
  const mean = new Float64Array(channels)
  for (const row of rows)
    row.forEach((value, i) => {
      mean[i] = (mean[i] ?? 0) + value / rows.length
    })
  return mean
}

export const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

const unit = (vector: Float64Array): Float64Array => {
  const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0)
  const length = Math.sqrt(dot(vector, vector)) * Math.sign(largest)
  return vector.map((value) => value / length)
}
