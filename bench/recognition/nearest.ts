/** Index of the row of `among` that is nearest to row `n` by Euclidean distance; the first of equals. */
export const nearest = (rows: readonly Float64Array[], among: readonly number[], n: number): number => {
  const own = rows[n] ?? new Float64Array(0)
  let best = among[0] ?? 0
  let least = Number.POSITIVE_INFINITY
  for (const m of among) {
    const other = rows[m] ?? own
    let distance = 0
    for (let i = 0; i < own.length && distance < least; i++) distance += ((own[i] ?? 0) - (other[i] ?? 0)) ** 2
    if (distance >= least) continue
    least = distance
    best = m
  }
  return best
}
