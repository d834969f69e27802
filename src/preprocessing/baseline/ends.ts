/**
 * `values` (n of them) with `length` more at each end, into `padded` (n + 2 length): a straight line fitted to the first and last
 * `length` values, carried on; with 1 the end value itself. As pybaselines' pad_edges, mode "extrapolate".
 */
export const extendEnds = (values: Float64Array, length: number, padded: Float64Array) => {
  const n = values.length
  for (let i = 0; i < n; i++) padded[length + i] = values[i] ?? 0
  extend(padded, length, length, -1)
  extend(padded, length + n - 1, length, 1)
}

/** Fits the `length` values that end at `edge`, seen from inside, and fills as many beyond it in the direction of `step`. */
const extend = (padded: Float64Array, edge: number, length: number, step: 1 | -1) => {
  let sum = 0
  let tilt = 0
  const centre = (length - 1) / 2
  for (let k = 0; k < length; k++) {
    const value = padded[edge - step * k] ?? 0
    sum += value
    tilt += (k - centre) * value
  }
  const mean = sum / length
  const slope = length > 1 ? (12 * tilt) / (length * (length * length - 1)) : 0
  for (let k = 1; k <= length; k++) padded[edge + step * k] = mean + slope * (-k - centre)
}

/**
 * Mean over `half` values to each side of values `from` to `to` - 1, into `means` at the same places. Beyond the ends of the array it is
 * reflected, the end value twice (scipy's "reflect"). The sum is carried along and set up anew every 256 values, so that rounding does not pile up.
 */
export const movingMean = (values: Float64Array, half: number, means: Float64Array, from: number, to: number) => {
  const n = values.length
  const size = 2 * half + 1
  let sum = 0
  for (let i = from; i < to; i++) {
    if ((i - from) % 256 === 0) {
      sum = 0
      for (let k = i - half; k <= i + half; k++) sum += values[reflected(k, n)] ?? 0
    } else sum += (values[reflected(i + half, n)] ?? 0) - (values[reflected(i - half - 1, n)] ?? 0)
    means[i] = sum / size
  }
}

/** Index of the value at `i`, once reflected: a window reaches no further than the array is long. */
const reflected = (i: number, n: number): number => (i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i)
