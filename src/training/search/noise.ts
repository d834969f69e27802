/** Ranges that the operation `band` takes at most. */
const MAX_RANGES = 256

/** Channels that must stay: with fewer, leaving out noise would leave out the spectrum. */
const MIN_SHARE_KEPT = 0.5

/**
 * Noise of each channel: the median over the spectra of |x[i] - (x[i-1] + x[i+1]) / 2|, which bands and baselines wider than a few channels
 * hardly touch, as a standard deviation (1.4826 for the median, sqrt(1.5) for the three channels in it). The ends take their neighbour's.
 */
export const channelNoise = (rows: readonly Float64Array[]): Float64Array => {
  const channels = rows[0]?.length ?? 0
  const noise = new Float64Array(channels)
  for (let i = 1; i < channels - 1; i++)
    noise[i] = (1.4826 / Math.sqrt(1.5)) * median(rows.map((row) => Math.abs((row[i] ?? 0) - ((row[i - 1] ?? 0) + (row[i + 1] ?? 0)) / 2)))
  noise[0] = noise[1] ?? 0
  noise[channels - 1] = noise[channels - 2] ?? 0
  return noise
}

/**
 * Stretches of the axis whose noise is at most `times` the median of all channels. Null where no channel is noisier, or where
 * more than half of them would go.
 */
export const quietRanges = (rows: readonly Float64Array[], axis: Float64Array, times: number): [number, number][] | null => {
  const noise = channelNoise(rows)
  const limit = times * median([...noise])
  const quiet = noise.map((value) => (value <= limit ? 1 : 0))
  const kept = quiet.reduce((sum, one) => sum + one, 0)
  if (kept === axis.length || kept < MIN_SHARE_KEPT * axis.length) return null
  const ranges: [number, number][] = []
  let from = -1
  for (let i = 0; i <= axis.length; i++) {
    if (quiet[i] === 1 && from < 0) from = i
    if (quiet[i] === 1 || from < 0) continue
    ranges.push([axis[from] ?? 0, axis[i - 1] ?? 0])
    from = -1
  }
  return ranges.length <= MAX_RANGES ? ranges : null
}

/**
 * The same from fourth differences, by which curved bands are hardly seen either: root of the median over the spectra of their squares, as a standard
 * deviation (70 is the sum of the squares of 1, 4, 6, 4, 1; 0.6745 squared the median of the square of a standard normal). The ends take their neighbour's.
 */
export const fineNoise = (rows: readonly Float64Array[]): Float64Array => {
  const channels = rows[0]?.length ?? 0
  const noise = new Float64Array(channels)
  for (let i = 2; i < channels - 2; i++) {
    const squares = rows.map((row) => {
      const at = (k: number) => row[i + k] ?? 0
      return (at(-2) - 4 * at(-1) + 6 * at(0) - 4 * at(1) + at(2)) ** 2
    })
    noise[i] = Math.sqrt(median(squares) / 70) / 0.6745
  }
  return noise.map((value, i) => (i < 2 ? (noise[2] ?? value) : i >= channels - 2 ? (noise[channels - 3] ?? value) : value))
}

/** Noise is looked at over so large a part of the channels: one noisy channel between quiet ones is no end. */
const END_SHARE = 1 / 30

/**
 * First and last channel of the band that is left where noisy ends are cut off, [first, last]; nothing between them is left out, so that a derivative runs over
 * no gap. Null where neither end is noisier than `times` the median, or more than half of the channels would go.
 */
export const quietBand = (rows: readonly Float64Array[], times: number): [number, number] | null => {
  const noise = fineNoise(rows)
  const reach = Math.floor((END_SHARE * noise.length) / 2)
  const smooth = noise.map((_, i) => median([...noise.subarray(Math.max(0, i - reach), i + reach + 1)]))
  const limit = times * median([...noise])
  const [first, last] = [smooth.findIndex((value) => value <= limit), smooth.findLastIndex((value) => value <= limit)]
  if (first < 0 || (first === 0 && last === noise.length - 1) || last - first + 1 < MIN_SHARE_KEPT * noise.length) return null
  return [first, last]
}

const median = (values: number[]): number => {
  const sorted = values.sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2
}
