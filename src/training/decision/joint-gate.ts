import { Failure } from '../../failures.js'
import type { GateSpec } from '../../models/manifest.js'
import { fitPcaBy } from '../pca.js'
import { logOf, type Sides, sidesOf, spreadOfLog } from './gate-parts.js'
import { jointLimit, shareOfObject } from './joint-limit.js'
import { outOfFold } from './out-of-fold.js'

export interface JointGateTask {
  /** Spectra at the chain's end, behind centre and scale. */
  readonly rows: readonly Float64Array[]
  /** Fold of each row; all rows of one group share it. */
  readonly folds: readonly number[]
  /** Object of each row: the unit of the acceptance. */
  readonly groups: readonly string[]
  /** For each scalar that the chain notes, its value for each row. */
  readonly scalars: Readonly<Record<string, readonly number[]>>
  /** Components at most; fewer where fewer explain `EXPLAINED`, or the objects are few. */
  readonly maxComponents?: number
  /** Components at least, as far as that: those that the answer is drawn from (answer-components.ts). */
  readonly leastComponents?: number
  /** Share of the known that the whole gate may refuse. */
  readonly alpha?: number
  /** By how much the range of each scalar is widened at either end, as a share of its width: for light and noise that the data do not show. */
  readonly margin?: number
}

export interface JointGate {
  readonly spec: GateSpec
  /** Out of fold, by row: would a gate made without its object have let it pass? */
  readonly accepted: readonly boolean[]
  /** Out-of-fold distances, by row. */
  readonly t2: Float64Array
  readonly q: Float64Array
}

/**
 * Share of the variance that the components reach. Measured on textiles (each of three materials in turn unknown; SNV, SNV then derivative,
 * derivative then SNV): 0.999 refused each unknown wholly and let at least 95 % of later known scans pass; 0.99 and 0.995 behind SNV alone
 * refused 91 and 69 % of one of them, because what tells it from the others was still in the rest that Q must call ordinary.
 */
const EXPLAINED = 0.999
const MAX_COMPONENTS = 30
/** Variance below this share of the squared length of the mean spectrum is rounding. */
const ROUNDING = 1e-24
/** A component takes this many objects at least. */
const OBJECTS_A_COMPONENT = 3

/**
 * One joint test with 1 - alpha acceptance of the known. T2, Q and both sides of each scalar are taken out of fold (the PCA, and centre and
 * spread of the scalars, made without the row's fold) and brought to one measure, standard deviations from the centre (of the logarithm, for
 * T2 and Q); the gate's one limit is the quantile of the worst part of each spectrum, `jointLimit`. So alpha is split over the parts by what
 * each needs, and holds jointly however many parts there are and however they hang together: limits at the empirical quantile of each part
 * would need parts / alpha objects to promise the same, and give their share of alpha to the parts that need none.
 * @throws Failure DATA_INVALID: fewer than two objects or folds, spectra all alike, a scalar that is no number.
 */
export const fitJointGate = (task: JointGateTask): JointGate => {
  const { rows, folds, groups, scalars, maxComponents = MAX_COMPONENTS, leastComponents = 1, alpha = 0.01, margin = 0 } = task
  const objects = new Set(groups).size
  const foldNumbers = [...new Set(folds)].sort((a, b) => a - b)
  if (objects < 2 || foldNumbers.length < 2)
    throw new Failure('DATA_INVALID', {
      where: 'gate',
      seen: `${objects} objects in ${foldNumbers.length} folds`,
      allowed: 'two of each at least',
      cure: 'give more objects, or train without a gate',
    })
  const known = Object.entries(scalars)
  for (const [name, values] of known)
    if (values.length !== rows.length || !values.every(Number.isFinite))
      throw new Failure('DATA_INVALID', {
        where: `gate, scalar "${name}"`,
        seen: 'a value that is missing or no number',
        allowed: 'a number a spectrum',
      })

  const most = mostComponents(folds, groups, maxComponents)
  const model = fitPcaBy(rows, (variances) => Math.min(most, Math.max(leastComponents, enough(variances))))
  const k = model.loadings.length
  const size = model.mean.reduce((sum, value) => sum + value * value, 0)
  const varied = model.variances.reduce((sum, variance) => sum + variance, 0)
  if (!(varied > ROUNDING * size))
    throw new Failure('DATA_INVALID', { where: 'gate', seen: 'spectra that are all alike', allowed: 'spectra that differ' })

  const { t2, q } = outOfFold(rows, folds, k)
  const worst = new Float64Array(rows.length).fill(Number.NEGATIVE_INFINITY)
  for (const fold of foldNumbers) {
    const sides = known.map(([, values]) => sidesOf(values.filter((_, n) => folds[n] !== fold)))
    rows.forEach((_, n) => {
      if (folds[n] !== fold) return
      known.forEach(([, values], s) => {
        worst[n] = Math.max(worst[n] ?? 0, sides[s]?.beyond(values[n] ?? Number.NaN) ?? 0)
      })
    })
  }
  const shares = shareOfObject(groups)
  const parts = [
    { log: logOf(t2, k), of: 't2' },
    { log: logOf(q, varied), of: 'q' },
  ].map(({ log }) => ({ log, spread: spreadOfLog(log, shares) }))
  for (const { log, spread } of parts)
    log.forEach((value, n) => {
      worst[n] = Math.max(worst[n] ?? 0, (value - spread.mean) / spread.sd)
    })
  const limit = jointLimit(worst, shares, objects, alpha)
  const [ofT2 = NOTHING, ofQ = NOTHING] = parts.map(({ spread }) => spread)
  return {
    spec: {
      method: 'out-of-fold',
      alpha,
      objects,
      k,
      mean: [...model.mean],
      loadings: model.loadings.map((loading) => [...loading]),
      eigenvalues: [...model.variances],
      scalars: Object.fromEntries(known.map(([name, values]) => [name, rangeOf(sidesOf(values), limit, margin)])),
      limits: { t2: Math.exp(ofT2.mean + limit * ofT2.sd), q: Math.exp(ofQ.mean + limit * ofQ.sd) },
      drift: { t2: ofT2, q: ofQ },
    },
    accepted: Array.from(worst, (value) => value <= limit),
    t2,
    q,
  }
}

const NOTHING = { mean: 0, sd: 1 }

/** Components that the objects outside each fold can carry. */
export const mostComponents = (folds: readonly number[], groups: readonly string[], maxComponents: number): number => {
  const fewest = Math.min(...[...new Set(folds)].map((fold) => new Set(groups.filter((_, n) => folds[n] !== fold)).size))
  return Math.max(1, Math.min(maxComponents, Math.floor(fewest / OBJECTS_A_COMPONENT)))
}

/** Number of the first components that together reach `EXPLAINED`. */
const enough = (variances: readonly number[]): number => {
  const total = variances.reduce((sum, variance) => sum + variance, 0)
  let reached = 0
  const last = variances.findIndex((variance) => {
    reached += variance
    return reached >= EXPLAINED * total
  })
  return last < 0 ? variances.length : last + 1
}

const rangeOf = ({ centre, below, above }: Sides, limit: number, margin: number): [number, number] => {
  const low = centre - limit * below
  const high = centre + limit * above
  return [low - margin * (high - low), high + margin * (high - low)]
}
