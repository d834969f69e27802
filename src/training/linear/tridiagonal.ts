import { Failure } from '../../failures.js'

/** Rounds that one eigenvalue may take; two or three are usual. */
const MAX_ROUNDS = 60

/**
 * Eigenvalues of a symmetric tridiagonal matrix by implicit QL with Wilkinson's shift (Dubrulle, Martin, Wilkinson, Numer. Math. 12:377,
 * 1968). `diagonal` is overwritten with the eigenvalues in no order, `beside` (its last entry unused) with nothing of use. The rotations
 * are applied to the rows of `carried`, each `width` long: from the identity, row i becomes the eigenvector of eigenvalue i; from one
 * column of the identity, the entry of each eigenvector in that place, at a cost of n^2.
 * @throws Failure INVARIANT where it does not converge, which no finite matrix is known to do.
 */
export const tridiagonalEigen = (diagonal: Float64Array, beside: Float64Array, carried: Float64Array, width: number): void => {
  const size = diagonal.length
  if (size > 0) beside[size - 1] = 0
  for (let low = 0; low < size; low++) {
    for (let round = 0; ; round++) {
      const high = splitAfter(diagonal, beside, low)
      if (high === low) break
      if (round === MAX_ROUNDS) throw new Failure('INVARIANT', { where: 'eigenvalues', seen: `no convergence in ${MAX_ROUNDS} rounds` })
      sweep(diagonal, beside, carried, width, low, high)
    }
  }
}

/** The first place from `low` on where the matrix falls apart. */
const splitAfter = (diagonal: Float64Array, beside: Float64Array, low: number): number => {
  let at = low
  while (at < diagonal.length - 1) {
    const scale = Math.abs(diagonal[at] ?? 0) + Math.abs(diagonal[at + 1] ?? 0)
    if (Math.abs(beside[at] ?? 0) <= Number.EPSILON * scale) break
    at++
  }
  return at
}

const sweep = (diagonal: Float64Array, beside: Float64Array, carried: Float64Array, width: number, low: number, high: number): void => {
  const first = diagonal[low] ?? 0
  const next = beside[low] ?? 0
  const half = ((diagonal[low + 1] ?? 0) - first) / (2 * next)
  const root = Math.sqrt(half * half + 1)
  let g = (diagonal[high] ?? 0) - first + next / (half + (half < 0 ? -root : root))
  let sine = 1
  let cosine = 1
  let moved = 0
  for (let i = high - 1; i >= low; i--) {
    const f = sine * (beside[i] ?? 0)
    const b = cosine * (beside[i] ?? 0)
    const r = Math.sqrt(f * f + g * g)
    beside[i + 1] = r
    if (r === 0) {
      diagonal[i + 1] = (diagonal[i + 1] ?? 0) - moved
      beside[high] = 0
      return
    }
    sine = f / r
    cosine = g / r
    g = (diagonal[i + 1] ?? 0) - moved
    const turned = ((diagonal[i] ?? 0) - g) * sine + 2 * cosine * b
    moved = sine * turned
    diagonal[i + 1] = g + moved
    g = cosine * turned - b
    rotate(carried, i * width, width, sine, cosine)
  }
  diagonal[low] = (diagonal[low] ?? 0) - moved
  beside[low] = g
  beside[high] = 0
}

const rotate = (carried: Float64Array, from: number, width: number, sine: number, cosine: number): void => {
  for (let k = from; k < from + width; k++) {
    const upper = carried[k] ?? 0
    const lower = carried[k + width] ?? 0
    carried[k + width] = sine * upper + cosine * lower
    carried[k] = cosine * upper - sine * lower
  }
}
