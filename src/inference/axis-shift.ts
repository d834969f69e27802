/** Spectra that one look at the axis averages. */
export const AXIS_SPECTRA = 16
/** Channels at the chain's end beside which the bands may stand. */
export const MAX_SHIFT_CHANNELS = 0.5
/** Part of the difference that a shift must explain before it is called one. */
export const MIN_EXPLAINED = 0.5
/** Part of the direction of a shift that must lie outside what the gate's components hold: below it a shift cannot be told from the material. */
export const MIN_OWN_PART = 0.1

/** `center_scale` at the end of a chain, and the gate's components behind it. */
export interface AxisReference {
  /** Mean spectrum of the training set before it was centred and scaled, one a channel. */
  readonly mean: readonly number[]
  readonly scale: readonly number[]
  /** Orthonormal rows in the space of the prepared spectra; none without a gate. */
  readonly loadings: readonly (readonly number[])[]
}

/** One look: how many channels the bands stand towards higher channels, and how much of the difference that explains. */
export interface AxisLook {
  readonly shiftChannels: number
  readonly explained: number
  /** Beyond half a channel, and explained well enough. */
  readonly shifted: boolean
}

/**
 * Whether the bands of an instrument stand where the model learnt them. With m the mean spectrum of the bundle, a spectrum shifted by s channels is
 * m(i - s) = m - s m' to first order, so that s is the least-squares slope of the mean difference on -m' (m' by central differences). The look is taken in
 * the space where the gate works, each channel divided by its scale, so that noisy channels weigh less.
 * Chemistry may look the same: a material whose band stands a little lower than the mean of all differs from it along m' too. That difference was in
 * the training set, so the gate's components hold it. Both sides are therefore first cleared of these components; what they hold is no evidence. If
 * hardly anything of m' is left then, there is no look at all. And what remains must be explained by the shift for more than half: another material, dirt
 * or a baseline is not (at most 9 % for the foreign golden spectra of the shipped model, against 95 % for a shift of one channel).
 * @returns takes in prepared spectra; gives a look at each sixteenth, null between. Null where no look is possible.
 */
export const createAxisCheck = ({ mean, scale, loadings }: AxisReference): ((values: Float64Array) => AxisLook | null) | null => {
  const n = mean.length
  const slope = Float64Array.from(
    mean,
    (_, i) => ((mean[Math.min(i + 1, n - 1)] ?? 0) - (mean[Math.max(i - 1, 0)] ?? 0)) / (i > 0 && i < n - 1 ? 2 : 1),
  )
  const direction = slope.map((value, i) => value / (scale[i] ?? 1))
  const whole = product(direction, direction)
  clear(direction, loadings)
  const own = product(direction, direction)
  if (!(own > MIN_OWN_PART * whole)) return null
  let sum = new Float64Array(n)
  let count = 0
  return (values) => {
    for (let i = 0; i < n; i++) sum[i] = (sum[i] ?? 0) + (values[i] ?? 0) / AXIS_SPECTRA
    if (++count < AXIS_SPECTRA) return null
    const rest = sum
    sum = new Float64Array(n)
    count = 0
    clear(rest, loadings)
    const shiftChannels = -product(rest, direction) / own
    const all = product(rest, rest)
    const explained = all > 0 ? (shiftChannels * shiftChannels * own) / all : 0
    return { shiftChannels, explained, shifted: Math.abs(shiftChannels) > MAX_SHIFT_CHANNELS && explained > MIN_EXPLAINED }
  }
}

/** Takes from `vector` what the orthonormal rows hold of it. */
const clear = (vector: Float64Array, rows: readonly (readonly number[])[]): void => {
  for (const row of rows) {
    const part = product(vector, row)
    for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) - part * (row[i] ?? 0)
  }
}

const product = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
