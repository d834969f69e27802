/** Discrete Fourier transforms of one length, without allocating. */
export interface Fourier {
  /** Fills `re`, `im` with X_k = sum_j x_j exp(-2 pi i j k / n) of what stands in them. */
  transform(re: Float64Array, im: Float64Array): void
}

/**
 * Transform for any n by its prime factors, smallest first (Stockham's self-sorting form; Van Loan 1992, Computational Frameworks for the
 * Fast Fourier Transform, 1.7 and 2.2). Work: n times the sum of the factors, so a length with a large prime is slow but right.
 */
export const fourier = (n: number): Fourier => {
  const factors = primeFactors(n)
  const cos = Float64Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n))
  const sin = Float64Array.from({ length: n }, (_, i) => -Math.sin((2 * Math.PI * i) / n))
  const spareRe = new Float64Array(n)
  const spareIm = new Float64Array(n)
  return {
    transform: (re, im) => {
      let stride = 1
      let fromRe = re
      let fromIm = im
      let toRe: Float64Array = spareRe
      let toIm: Float64Array = spareIm
      for (const factor of factors) {
        stage(n, factor, stride, cos, sin, fromRe, fromIm, toRe, toIm)
        stride *= factor
        const heldRe = fromRe
        const heldIm = fromIm
        fromRe = toRe
        fromIm = toIm
        toRe = heldRe
        toIm = heldIm
      }
      if (fromRe === re) return
      re.set(fromRe)
      im.set(fromIm)
    },
  }
}

/** One factor p: transforms of p values that stand n / p apart, turned by their place in the rest. `stride`: product of the factors before. */
const stage = (
  n: number,
  p: number,
  stride: number,
  cos: Float64Array,
  sin: Float64Array,
  fromRe: Float64Array,
  fromIm: Float64Array,
  toRe: Float64Array,
  toIm: Float64Array,
) => {
  const apart = n / p
  const rest = apart / stride
  for (let q = 0; q < rest; q++)
    for (let r = 0; r < p; r++) {
      // The root of step j is exp(-2 pi i (q r stride + j r apart) / n).
      const turn = r * apart
      for (let k = 0; k < stride; k++) {
        let sumRe = 0
        let sumIm = 0
        let root = q * r * stride
        for (let j = 0, at = k + stride * q; j < p; j++, at += apart) {
          const c = cos[root] ?? 0
          const s = sin[root] ?? 0
          const a = fromRe[at] ?? 0
          const b = fromIm[at] ?? 0
          sumRe += a * c - b * s
          sumIm += a * s + b * c
          root += turn
          if (root >= n) root -= n
        }
        const place = k + stride * (p * q + r)
        toRe[place] = sumRe
        toIm[place] = sumIm
      }
    }
}

const primeFactors = (n: number): readonly number[] => {
  const factors: number[] = []
  let rest = n
  for (let p = 2; p * p <= rest; p++) for (; rest % p === 0; rest /= p) factors.push(p)
  if (rest > 1) factors.push(rest)
  return factors
}
