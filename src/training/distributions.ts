/** Rounds of a series or continued fraction, and of a bisection. */
const MAX_ROUNDS = 10_000
/** Relative change at which a series or fraction stands still. */
const PRECISION = 4e-16
/** Stands for a denominator that vanished on the way (Lentz). */
const TINY = 1e-300

/** x with P(Z <= x) = p for standard normal Z. */
export const normalQuantile = (p: number): number => (p < 0.5 ? -normalQuantile(1 - p) : Math.sqrt(chiSquareQuantile(2 * p - 1, 1)))

/** x with P(X <= x) = p for chi-square X with `freedom` degrees of freedom (need not be whole). */
export const chiSquareQuantile = (p: number, freedom: number): number => bisected(p, (x) => lowerGamma(freedom / 2, x / 2))

/** x with P(X <= x) = p for X of the F distribution. */
export const fQuantile = (p: number, freedom1: number, freedom2: number): number =>
  bisected(p, (x) => lowerBeta(freedom1 / 2, freedom2 / 2, (freedom1 * x) / (freedom1 * x + freedom2)))

/** The x above 0 at which a rising distribution reaches p. */
const bisected = (p: number, distribution: (x: number) => number): number => {
  if (!(p > 0)) return p === 0 ? 0 : Number.NaN
  if (!(p < 1)) return p === 1 ? Number.POSITIVE_INFINITY : Number.NaN
  let low = 0
  let high = 1
  while (distribution(high) < p && high < Number.MAX_VALUE / 2) high *= 2
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const middle = low + (high - low) / 2
    if (middle <= low || middle >= high) break
    if (distribution(middle) < p) low = middle
    else high = middle
  }
  return high
}

/** Regularised lower incomplete gamma function P(a, x): Abramowitz, Stegun 6.5.29 below a + 1, 6.5.31 above. */
const lowerGamma = (a: number, x: number): number => {
  if (x <= 0) return 0
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let n = 1; n < MAX_ROUNDS && term > sum * PRECISION; n++) {
      term *= x / (a + n)
      sum += term
    }
    return sum * scale
  }
  const fraction = continued(
    (n) => (n === 0 ? 1 : -n * (n - a)),
    (n) => x + 2 * n + 1 - a,
  )
  return 1 - scale * fraction
}

/** Regularised incomplete beta function I_x(a, b): Abramowitz, Stegun 26.5.8. */
const lowerBeta = (a: number, b: number, x: number): number => {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - lowerBeta(b, a, 1 - x)
  const scale = Math.exp(a * Math.log(x) + b * Math.log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a
  const numerator = (n: number): number => {
    if (n === 0) return 1
    const m = Math.floor(n / 2)
    return n % 2 === 0 ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)) : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
  }
  return scale * continued(numerator, () => 1)
}

/** a_0 / (b_0 + a_1 / (b_1 + ...)) by Lentz' method as Thompson and Barnett have it (1986, J. Computational Physics 64:490). */
const continued = (a: (n: number) => number, b: (n: number) => number): number => {
  let value = TINY
  let c = TINY
  let d = 0
  for (let n = 0; n < MAX_ROUNDS; n++) {
    d = b(n) + a(n) * d
    if (Math.abs(d) < TINY) d = TINY
    c = b(n) + a(n) / c
    if (Math.abs(c) < TINY) c = TINY
    d = 1 / d
    value *= c * d
    if (Math.abs(c * d - 1) < PRECISION) break
  }
  return value
}

/** ln of the gamma function for x > 0: Stirling's series (Abramowitz, Stegun 6.1.41) after stepping up to 15. */
const logGamma = (x: number): number => {
  let shift = 0
  let at = x
  while (at < 15) shift += Math.log(at++)
  const inverse = 1 / (at * at)
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / at
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift
}
