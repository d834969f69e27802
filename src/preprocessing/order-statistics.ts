/**
 * The value below which the share `fraction` (0 to 1) of the first `count` values lies, linear between order statistics: Hyndman, Fan
 * 1996, The American Statistician 50:361, definition 7 (the default of numpy and R). `values` are reordered; none may be NaN, `count`
 * at least 1. Allocates nothing.
 */
export const quantileOf = (values: Float64Array, count: number, fraction: number): number => {
  const position = fraction * (count - 1)
  const rank = Math.min(Math.floor(position), count - 1)
  const low = nthSmallest(values, count, rank)
  const part = position - rank
  if (part === 0 || rank + 1 >= count) return low
  let high = Number.POSITIVE_INFINITY
  for (let i = rank + 1; i < count; i++) high = Math.min(high, values[i] ?? high)
  return low + (high - low) * part
}

/** The middle one of the first `count` values, or the mean of the two in the middle; see `quantileOf`. */
export const medianOf = (values: Float64Array, count: number): number => quantileOf(values, count, 0.5)

/** Hoare 1961, Algorithm 65 "Find", pivot the median of three; afterwards nothing behind `rank` is smaller and nothing before it larger. */
const nthSmallest = (values: Float64Array, count: number, rank: number): number => {
  let left = 0
  let right = count - 1
  while (left < right) {
    const pivot = middle(values[left] ?? 0, values[(left + right) >> 1] ?? 0, values[right] ?? 0)
    let i = left
    let j = right
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++
      while ((values[j] ?? 0) > pivot) j--
      if (i > j) break
      const value = values[i] ?? 0
      values[i++] = values[j] ?? 0
      values[j--] = value
    }
    if (rank <= j) right = j
    else if (rank >= i) left = i
    else break
  }
  return values[rank] ?? Number.NaN
}

const middle = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
