import { extendEnds, movingMean } from './ends.js'

/**
 * Opening (minimum, then maximum, each over `half` channels to both sides, windows cut at the ends) and a moving average over `smooth`
 * channels to both sides, the ends carried on by a straight line: pybaselines' rolling_ball. Both halves stay below n / 2. Always true.
 */
export const rollingBall = (n: number, half: number, smooth: number) => {
  const eroded = new Float64Array(n)
  const opened = new Float64Array(n)
  const padded = new Float64Array(n + 2 * smooth)
  const means = new Float64Array(n + 2 * smooth)
  const queue = new Int32Array(n)
  return (values: Float64Array, baseline: Float64Array): boolean => {
    extremes(values, half, 1, queue, eroded)
    extremes(eroded, half, -1, queue, opened)
    if (smooth === 0) baseline.set(opened)
    else {
      extendEnds(opened, smooth, padded)
      movingMean(padded, smooth, means, smooth, smooth + n)
      for (let i = 0; i < n; i++) baseline[i] = means[smooth + i] ?? 0
    }
    return true
  }
}

/**
 * Smallest (`sign` 1) or largest (-1) value of each window, by a queue of the values that can still become one (Lemire 2006, Nordic
 * Journal of Computing 13:328): about three comparisons a value, whatever the window.
 */
const extremes = (values: Float64Array, half: number, sign: 1 | -1, queue: Int32Array, result: Float64Array) => {
  const n = values.length
  let head = 0
  let tail = 0
  for (let i = 0; i < n + half; i++) {
    if (i < n) {
      const value = sign * (values[i] ?? 0)
      while (tail > head && sign * (values[queue[tail - 1] ?? 0] ?? 0) >= value) tail--
      queue[tail++] = i
    }
    const centre = i - half
    if (centre < 0) continue
    if ((queue[head] ?? 0) < centre - half) head++
    result[centre] = values[queue[head] ?? 0] ?? 0
  }
}
