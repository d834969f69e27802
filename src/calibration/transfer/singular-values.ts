/** X = sum over d of values[d] left[d]' right[d], values falling; those that are 0 are left out. */
export interface SingularValues {
  readonly values: readonly number[]
  /** Unit vectors with one number a row of X. */
  readonly left: readonly Float64Array[]
  /** Unit vectors with one number a column of X. */
  readonly right: readonly Float64Array[]
}

/** Cosine at or below which two vectors count as orthogonal. */
const ORTHOGONAL = 1e-15
/** A vector at or below this part of the longest one is rounding noise. */
const NOTHING = 1e-14
/** Rounds over all pairs; some 6 to 10 are needed. */
const MAX_SWEEPS = 64

/**
 * Singular values by one-sided Jacobi rotations (Hestenes 1958; Demmel, Veselic 1992, SIAM J. Matrix Analysis 13:1204), which keep the
 * digits of small ones. Works on the shorter side of X.
 */
export const singularValues = (rows: readonly Float64Array[]): SingularValues => {
  const columns = rows[0]?.length ?? 0
  if (rows.length <= columns) return decomposed(rows)
  const { values, left, right } = decomposed(Array.from({ length: columns }, (_, j) => Float64Array.from(rows, (row) => row[j] ?? 0)))
  return { values, left: right, right: left }
}

/** Rotates the rows until they are orthogonal: then each is its singular value times a unit vector, and the rotation holds the other side. */
const decomposed = (rows: readonly Float64Array[]): SingularValues => {
  const m = rows.length
  const own = rows.map((row) => row.slice())
  const rotation = rows.map((_, i) => Float64Array.from({ length: m }, (_, j) => (i === j ? 1 : 0)))
  const longest = Math.sqrt(own.reduce((most, row) => Math.max(most, dot(row, row)), 0))
  for (let sweep = 0, turned = true; turned && sweep < MAX_SWEEPS; sweep++) {
    turned = false
    for (let p = 0; p < m; p++)
      for (let q = p + 1; q < m; q++) {
        const [a, b] = [own[p], own[q]]
        const [left, right] = [rotation[p], rotation[q]]
        if (!a || !b || !left || !right) continue
        const aa = dot(a, a)
        const bb = dot(b, b)
        const ab = dot(a, b)
        if (Math.min(aa, bb) <= (NOTHING * longest) ** 2 || Math.abs(ab) <= ORTHOGONAL * Math.sqrt(aa * bb)) continue
        turned = true
        const zeta = (bb - aa) / (2 * ab)
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
        const cosine = 1 / Math.sqrt(1 + tangent * tangent)
        turn(a, b, cosine, cosine * tangent)
        turn(left, right, cosine, cosine * tangent)
      }
  }
  const lengths = own.map((row) => Math.sqrt(dot(row, row)))
  const order = [...lengths.keys()].filter((i) => (lengths[i] ?? 0) > NOTHING * longest).sort((i, j) => (lengths[j] ?? 0) - (lengths[i] ?? 0))
  return {
    values: order.map((i) => lengths[i] ?? 0),
    left: order.map((i) => rotation[i] ?? new Float64Array(m)),
    right: order.map((i) => (own[i] ?? new Float64Array(0)).map((value) => value / (lengths[i] ?? 1))),
  }
}

const turn = (a: Float64Array, b: Float64Array, cosine: number, sine: number) => {
  for (let i = 0; i < a.length; i++) {
    const before = a[i] ?? 0
    a[i] = cosine * before - sine * (b[i] ?? 0)
    b[i] = sine * before + cosine * (b[i] ?? 0)
  }
}

export const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
