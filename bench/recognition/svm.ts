import { seededRandom } from '../../src/spectrum/random.js'
import { meanOf } from '../../src/training/pca.js'
import { shuffle } from '../../src/training/split.js'

/** Cost of a spectrum on the wrong side of the margin, behind centring and a common scale that gives all channels together a variance of `SCALE`. */
const COST = 10
const SCALE = 100
const MAX_PASSES = 200
const TOLERANCE = 1e-3

/**
 * A linear support vector machine, one class against the rest, L1 loss, by dual coordinate descent (Hsieh, Chang, Lin, Keerthi, Sundararajan, ICML 2008,
 * algorithm 1), the bias as a further channel of 1. A simple method to stand beside, not one that ships: its cost is fixed.
 * @returns the class of a row
 */
export const trainSvm = (rows: readonly Float64Array[], truth: readonly number[], classes: number): ((row: Float64Array) => number) => {
  const channels = rows[0]?.length ?? 0
  const mean = meanOf(rows, channels)
  const variance = rows.reduce((sum, row) => sum + row.reduce((own, value, i) => own + (value - (mean[i] ?? 0)) ** 2, 0), 0) / rows.length
  const scale = Math.sqrt(SCALE / (variance || 1))
  const prepared = (row: Float64Array) => {
    const out = new Float64Array(channels + 1).fill(1)
    for (let i = 0; i < channels; i++) out[i] = scale * ((row[i] ?? 0) - (mean[i] ?? 0))
    return out
  }
  const points = rows.map(prepared)
  const planes = Array.from({ length: classes }, (_, c) =>
    truth.includes(c)
      ? separating(
          points,
          truth.map((own) => (own === c ? 1 : -1)),
        )
      : null,
  )
  return (row) => {
    const point = prepared(row)
    const scores = planes.map((plane) => (plane ? dot(plane, point) : Number.NEGATIVE_INFINITY))
    return scores.indexOf(Math.max(...scores))
  }
}

const separating = (points: readonly Float64Array[], signs: readonly number[]): Float64Array => {
  const weights = new Float64Array(points[0]?.length ?? 0)
  const alphas = new Float64Array(points.length)
  const norms = points.map((point) => dot(point, point))
  const order = points.map((_, n) => n)
  const random = seededRandom(1)
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    let worst = 0
    for (const n of shuffle(order, random)) {
      const [point, sign, alpha] = [points[n] ?? weights, signs[n] ?? 1, alphas[n] ?? 0]
      const gradient = sign * dot(weights, point) - 1
      const projected = alpha === 0 ? Math.min(gradient, 0) : alpha === COST ? Math.max(gradient, 0) : gradient
      worst = Math.max(worst, Math.abs(projected))
      if (projected === 0) continue
      const next = Math.min(COST, Math.max(0, alpha - gradient / (norms[n] ?? 1)))
      alphas[n] = next
      const step = (next - alpha) * sign
      for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] ?? 0) + step * (point[i] ?? 0)
    }
    if (worst < TOLERANCE) break
  }
  return weights
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
