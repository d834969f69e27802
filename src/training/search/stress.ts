import type { Random } from '../../spectrum/random.js'
import { fineNoise } from './noise.js'

/**
 * How another instrument of the same kind, or the same one next month, may differ: standard deviations of a shift (channels), of a factor, and of each
 * coefficient of a baseline (as a share of the mean standard deviation of the channels). High degrees bend the ends of the axis alone: there the light is
 * short, and instruments differ most.
 */
const SHIFT = 0.5
const GAIN = 0.02
const BASELINE = 0.1
const DEGREE = 8

/**
 * One changed copy of each spectrum: shifted, stretched, on another baseline, and with noise as strong as that of the spectra themselves. A ratio is changed
 * in absorbance, a relative quantity as it is; where there is no value, or no logarithm of it, the copy is as the spectrum.
 */
export const changedCopies = (spectra: readonly Float64Array[], ratio: boolean, random: Random): Float64Array[] => {
  const rows = ratio ? spectra.map((values) => values.map((value) => -Math.log10(value))) : spectra
  const whole = rows.filter((row) => row.every(Number.isFinite))
  const noise = fineNoise(whole.slice(0, MAX_NOISE_SPECTRA))
  const spread = meanSpread(whole)
  return rows.map((row, n) => {
    const changed = changedCopy(row, noise, spread, random)
    return changed.map((value, i) => (Number.isFinite(value) ? (ratio ? 10 ** -value : value) : (spectra[n]?.[i] ?? Number.NaN)))
  })
}

/** Spectra by which noise is measured: more do not change a median. */
const MAX_NOISE_SPECTRA = 500

const changedCopy = (row: Float64Array, noise: Float64Array, spread: number, random: Random): Float64Array => {
  const last = row.length - 1
  const shift = SHIFT * random.gaussian()
  const gain = 1 + GAIN * random.gaussian()
  const baseline = Array.from({ length: DEGREE + 1 }, () => BASELINE * spread * random.gaussian())
  return row.map((value, i) => {
    const slope = ((row[Math.min(last, i + 1)] ?? value) - (row[Math.max(0, i - 1)] ?? value)) / (i === 0 || i === last ? 1 : 2)
    const u = (2 * i) / last - 1
    const under = baseline.reduceRight((sum, coefficient) => sum * u + coefficient, 0)
    return gain * (value + shift * slope) + under + (noise[i] ?? 0) * random.gaussian()
  })
}

/** Mean over the channels of the standard deviation over the spectra. */
const meanSpread = (rows: readonly Float64Array[]): number => {
  const channels = rows[0]?.length ?? 0
  let total = 0
  for (let i = 0; i < channels; i++) {
    let [sum, squares] = [0, 0]
    const origin = rows[0]?.[i] ?? 0
    for (const row of rows) {
      const value = (row[i] ?? 0) - origin
      sum += value
      squares += value * value
    }
    total += Math.sqrt(Math.max(0, squares / rows.length - (sum / rows.length) ** 2)) / channels
  }
  return total
}
