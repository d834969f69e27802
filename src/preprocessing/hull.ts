/**
 * The convex hull of (position, value) on one side, linear between its vertices (Andrew 1979, Information Processing Letters 9:216), as a
 * loop over one spectrum: fills `hull` and returns how many values are no gaps. A NaN is no vertex and gets NaN; below 2 values the
 * content of `hull` means nothing. Allocates nothing.
 */
export const hullRunner = (positions: Float64Array, side: 'lower' | 'upper'): ((values: Float64Array, hull: Float64Array) => number) => {
  const sign = side === 'lower' ? 1 : -1
  const vertices = new Int32Array(positions.length)
  return (values, hull) => {
    let valid = 0
    let top = 0
    for (let i = 0; i < positions.length; i++) {
      const value = values[i] ?? 0
      if (Number.isNaN(value)) continue
      valid++
      while (top > 1 && turn(positions, values, vertices[top - 2] ?? 0, vertices[top - 1] ?? 0, i) * sign <= 0) top--
      vertices[top++] = i
    }
    hull.fill(Number.NaN)
    for (let v = 0; v + 1 < top; v++) {
      const a = vertices[v] ?? 0
      const b = vertices[v + 1] ?? 0
      const from = values[a] ?? 0
      const slope = ((values[b] ?? 0) - from) / ((positions[b] ?? 0) - (positions[a] ?? 0))
      for (let i = a; i < b; i++) hull[i] = Number.isNaN(values[i]) ? Number.NaN : from + slope * ((positions[i] ?? 0) - (positions[a] ?? 0))
      // A vertex is its own value, whatever the slope rounds to.
      hull[b] = values[b] ?? 0
    }
    return valid
  }
}

/** Above 0 where c lies to the left of the way from a to b. */
const turn = (positions: Float64Array, values: Float64Array, a: number, b: number, c: number): number =>
  ((positions[b] ?? 0) - (positions[a] ?? 0)) * ((values[c] ?? 0) - (values[a] ?? 0)) -
  ((values[b] ?? 0) - (values[a] ?? 0)) * ((positions[c] ?? 0) - (positions[a] ?? 0))
