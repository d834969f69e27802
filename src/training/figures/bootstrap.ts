import type { Random } from '../../spectrum/random.js'
import type { Figure } from '../contract.js'

/** Redrawn sets of a bootstrap, and the ends of its interval. */
const REDRAWS = 1000
const LOW = 0.025
const HIGH = 0.975

/** Several figures of the same spectra: `weights[n]` says how often spectrum n is there; NaN where a figure is not defined. */
export type Statistics = (weights: Float64Array) => readonly number[]

/**
 * Each figure with its 95 % percentile interval by a bootstrap over objects (Efron, Tibshirani 1993, section 13.3): objects are redrawn with all their spectra,
 * within each stratum (the class) where strata are given, so that no class is ever without one. An interval is null where a figure is not defined, or
 * in more than half of the redrawn sets.
 */
export const bootstrapped = (
  groups: readonly string[],
  strata: readonly (string | number)[] | null,
  statistics: Statistics,
  random: Random,
): readonly Figure[] => {
  const objects = objectsOf(groups, strata)
  const values = statistics(new Float64Array(groups.length).fill(1))
  const redrawn = values.map(() => new Float64Array(REDRAWS))
  const weights = new Float64Array(groups.length)
  for (let redraw = 0; redraw < REDRAWS; redraw++) {
    weights.fill(0)
    for (const own of objects)
      for (let i = 0; i < own.length; i++) for (const n of own[Math.floor(random.uniform() * own.length)] ?? []) weights[n] = (weights[n] ?? 0) + 1
    statistics(weights).forEach((value, f) => {
      const list = redrawn[f]
      if (list) list[redraw] = value
    })
  }
  return values.map((value, f) => ({ value, interval: Number.isFinite(value) ? intervalOf(redrawn[f] ?? new Float64Array(0)) : null }))
}

const intervalOf = (redrawn: Float64Array): readonly [number, number] | null => {
  const known = redrawn.filter(Number.isFinite).sort()
  if (known.length < REDRAWS / 2) return null
  return [known[Math.floor(LOW * known.length)] ?? Number.NaN, known[Math.ceil(HIGH * known.length) - 1] ?? Number.NaN]
}

/** Rows of each object, by stratum. */
const objectsOf = (groups: readonly string[], strata: readonly (string | number)[] | null): readonly (readonly number[])[][] => {
  const all = new Map<string | number, Map<string, number[]>>()
  groups.forEach((group, n) => {
    const stratum = strata?.[n] ?? ''
    const objects = all.get(stratum) ?? new Map<string, number[]>()
    objects.set(group, [...(objects.get(group) ?? []), n])
    all.set(stratum, objects)
  })
  return [...all.values()].map((objects) => [...objects.values()])
}
