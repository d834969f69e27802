import type { Axis } from '../../spectrum/axis.js'
import { countGaps, gapReasons } from '../gaps.js'
import type { Refuse } from '../operation.js'
import type { FreeStage } from '../stage.js'

/** Longest filter, in taps: db38, the longest that PyWavelets lists. */
const MAX_FILTER = 76
/** What may be lost of a value of 1 on the way there and back by filters that belong together. */
const LOST = 1e-6
/** Median of |x| of a standard normal variate: what makes a median of details an estimate of their standard deviation. */
const MEDIAN_OF_NORMAL = 0.6745

const { masked } = gapReasons('denoise')

export interface Wavelet {
  readonly wavelet: string
  readonly level: number
  readonly dec_lo: readonly number[]
  readonly dec_hi: readonly number[]
  readonly rec_lo: readonly number[]
  readonly rec_hi: readonly number[]
}

/** Soft universal threshold on the details of a periodic transform (PyWavelets' `periodization`; an odd length repeats its last value). */
export const wavelet = ({ wavelet: name, level, dec_lo, dec_hi, rec_lo, rec_hi }: Wavelet, axis: Axis, refuse: Refuse): FreeStage => {
  const n = axis.values.length
  const taps = dec_lo.length
  if (taps % 2 === 1 || taps > MAX_FILTER) throw refuse(`filters of ${taps}`, `an even number, at most ${MAX_FILTER}`)
  if ([dec_hi, rec_lo, rec_hi].some(({ length }) => length !== taps)) throw refuse('filters of different lengths', 'four of one length')
  const low = Float64Array.from(dec_lo)
  const high = Float64Array.from(dec_hi)
  const backLow = Float64Array.from(rec_lo).reverse()
  const backHigh = Float64Array.from(rec_hi).reverse()
  const levels = levelBuffers(n, level)
  if (levels.some(({ values }) => values.length < taps))
    throw refuse(`level ${level} with filters of ${taps} on ${n} channels`, 'levels that hold a filter each')
  const analyse = () => {
    for (const { values, coarse, details } of levels) split(values, low, high, coarse, details)
  }
  const synthesise = () => {
    for (let l = levels.length - 1; l >= 0; l--) {
      const at = levels[l]
      if (at) join(at.coarse, at.details, backLow, backHigh, at.values)
    }
  }
  const whole = levels[0]?.values ?? new Float64Array(0)
  whole.forEach((_, i) => {
    whole[i] = probe(Math.min(i, n - 1))
  })
  analyse()
  synthesise()
  if (whole.subarray(0, n).some((value, i) => !(Math.abs(value - probe(i)) < LOST)))
    throw refuse(`filters of ${JSON.stringify(name)} that do not give a spectrum back`, 'the four filters of one orthogonal wavelet')
  const sizes = new Float64Array(levels[0]?.details.length ?? 0)
  const universal = Math.sqrt(2 * Math.log(n)) / MEDIAN_OF_NORMAL
  return {
    kind: 'free',
    output: axis,
    depends: 'all',
    run: (input, output) => {
      if (countGaps(input) > 0) return masked
      whole.set(input)
      if (n % 2 === 1) whole[n] = input[n - 1] ?? 0
      analyse()
      const threshold = universal * medianSize(levels[0]?.details ?? sizes, sizes)
      for (const { details } of levels) shrink(details, threshold)
      synthesise()
      for (let i = 0; i < n; i++) output[i] = whole[i] ?? 0
      return null
    },
  }
}

interface Level {
  /** What this level takes apart, of even length. */
  readonly values: Float64Array
  /** Half as many: the values of the next level begin as these. */
  readonly coarse: Float64Array
  readonly details: Float64Array
}

/** The coarse half of a level and the values of the next are one array, with one value more where the half is odd. */
const levelBuffers = (n: number, level: number): readonly Level[] => {
  const even = (length: number) => length + (length % 2)
  const levels: Level[] = []
  for (let values = new Float64Array(even(n)); levels.length < level; ) {
    const half = values.length / 2
    const next = new Float64Array(levels.length + 1 < level ? even(half) : half)
    levels.push({ values, coarse: next, details: new Float64Array(half) })
    values = next
  }
  return levels
}

/** c_o = sum_j f_j x_(taps/2 + 2o - j), x periodic. */
const split = (x: Float64Array, low: Float64Array, high: Float64Array, coarse: Float64Array, details: Float64Array) => {
  const n = x.length
  for (let o = 0; o < details.length; o++) {
    let at = (low.length / 2 + 2 * o) % n
    let sumLow = 0
    let sumHigh = 0
    for (let j = 0; j < low.length; j++) {
      const value = x[at] ?? 0
      sumLow += (low[j] ?? 0) * value
      sumHigh += (high[j] ?? 0) * value
      at = at === 0 ? n - 1 : at - 1
    }
    coarse[o] = sumLow
    details[o] = sumHigh
  }
  if (coarse.length > details.length) coarse[details.length] = coarse[details.length - 1] ?? 0
}

/** The way back: each coefficient is spread over the places that it was made from. */
const join = (coarse: Float64Array, details: Float64Array, low: Float64Array, high: Float64Array, x: Float64Array) => {
  const n = x.length
  x.fill(0)
  for (let o = 0; o < details.length; o++) {
    const a = coarse[o] ?? 0
    const d = details[o] ?? 0
    let at = (low.length / 2 + 2 * o) % n
    for (let j = 0; j < low.length; j++) {
      x[at] = (x[at] ?? 0) + (low[j] ?? 0) * a + (high[j] ?? 0) * d
      at = at === 0 ? n - 1 : at - 1
    }
  }
}

const shrink = (details: Float64Array, threshold: number) => {
  for (let i = 0; i < details.length; i++) {
    const value = details[i] ?? 0
    details[i] = Math.sign(value) * Math.max(Math.abs(value) - threshold, 0)
  }
}

const medianSize = (details: Float64Array, sizes: Float64Array): number => {
  for (let i = 0; i < details.length; i++) sizes[i] = Math.abs(details[i] ?? 0)
  sizes.sort()
  const half = sizes.length >> 1
  return sizes.length % 2 === 1 ? (sizes[half] ?? 0) : ((sizes[half - 1] ?? 0) + (sizes[half] ?? 0)) / 2
}

/** A spectrum without symmetry, to try filters on. */
const probe = (i: number): number => Math.sin(1 + i * i)
