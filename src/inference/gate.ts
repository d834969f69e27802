/** The principal component model of the prepared spectra that a bundle carries; see `gateSchema` for shapes. */
export interface GateModel {
  readonly mean: readonly number[]
  /** k orthonormal rows. */
  readonly loadings: readonly (readonly number[])[]
  /** Variances of the k scores. */
  readonly eigenvalues: readonly number[]
  readonly scalars: Readonly<Record<string, readonly [number, number]>>
  readonly limits: { readonly t2: number; readonly q: number }
}

/** What the gate says of one spectrum. `why` is a sentence for the log, null unless foreign. */
export interface Judgement {
  readonly t2: number
  readonly q: number
  readonly foreign: boolean
  readonly why: string | null
}

export interface Gate {
  /** The object is the same at every call, overwritten: copy what must last. `values` are the channels at the chain's end. */
  judge(values: Float64Array, scalars: Readonly<Record<string, number>>): Judgement
}

/**
 * Joint test whether a spectrum is one that the model may judge at all: foreign as soon as one of T2, Q and the scalars is outside its limit.
 * With d = x - mean and t = d P': T2 = sum t_i^2 / eigenvalue_i (distance within the model), Q = sum (d - t P)^2 (distance from it);
 * Jackson 1991, "A User's Guide to Principal Components", sections 1.7 and 2.7. What is not a number is outside.
 * Nothing is allocated for a spectrum that passes.
 */
export const buildGate = (model: GateModel): Gate => {
  const channels = model.mean.length
  const mean = Float64Array.from(model.mean)
  const loadings = model.loadings.map((row) => Float64Array.from(row))
  const eigenvalues = Float64Array.from(model.eigenvalues)
  const bounds = Object.entries(model.scalars)
  const { t2: t2Limit, q: qLimit } = model.limits
  const centred = new Float64Array(channels)
  const rest = new Float64Array(channels)
  const scores = new Float64Array(loadings.length)
  const zeros = new Float64Array(channels)
  const judgement: { t2: number; q: number; foreign: boolean; why: string | null } = { t2: 0, q: 0, foreign: false, why: null }

  const outside = (scalars: Readonly<Record<string, number>>): string | null => {
    for (const [name, [lowest, highest]] of bounds) {
      const value = scalars[name] ?? Number.NaN
      if (!(value >= lowest && value <= highest)) return `${name} ${value.toPrecision(4)} is outside ${lowest} to ${highest}`
    }
    // Negated, so that NaN is outside as well.
    if (!(judgement.t2 <= t2Limit)) return `T2 ${judgement.t2.toPrecision(4)} is above ${t2Limit}`
    if (!(judgement.q <= qLimit)) return `Q ${judgement.q.toPrecision(4)} is above ${qLimit}`
    return null
  }

  return {
    judge: (values, scalars) => {
      for (let i = 0; i < channels; i++) {
        const d = (values[i] ?? Number.NaN) - (mean[i] ?? 0)
        centred[i] = d
        rest[i] = d
      }
      let t2 = 0
      for (let k = 0; k < loadings.length; k++) {
        const score = dot(centred, loadings[k] ?? centred)
        scores[k] = score
        t2 += (score * score) / (eigenvalues[k] ?? 1)
      }
      // Two components at a time: half the traffic through `rest`. An odd last one goes with a row of zeros.
      for (let k = 0; k < loadings.length; k += 2) takeAway(rest, scores[k] ?? 0, loadings[k] ?? zeros, scores[k + 1] ?? 0, loadings[k + 1] ?? zeros)
      judgement.t2 = t2
      judgement.q = dot(rest, rest)
      judgement.why = outside(scalars)
      judgement.foreign = judgement.why !== null
      return judgement
    },
  }
}

/** Four sums side by side: one alone waits for each addition before the next. */
const dot = (a: Float64Array, b: Float64Array): number => {
  const fours = a.length - (a.length % 4)
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  for (let i = 0; i < fours; i += 4) {
    s0 += (a[i] ?? 0) * (b[i] ?? 0)
    s1 += (a[i + 1] ?? 0) * (b[i + 1] ?? 0)
    s2 += (a[i + 2] ?? 0) * (b[i + 2] ?? 0)
    s3 += (a[i + 3] ?? 0) * (b[i + 3] ?? 0)
  }
  for (let i = fours; i < a.length; i++) s0 += (a[i] ?? 0) * (b[i] ?? 0)
  return s0 + s1 + (s2 + s3)
}

const takeAway = (rest: Float64Array, s0: number, row0: Float64Array, s1: number, row1: Float64Array): void => {
  for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] ?? 0) - (s0 * (row0[i] ?? 0) + s1 * (row1[i] ?? 0))
}
