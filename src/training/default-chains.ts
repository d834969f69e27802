import type { Step } from '../preprocessing/contract.js'
import type { Axis } from '../spectrum/axis.js'
import type { Task } from './contract.js'
import type { ChainPlan } from './recipe.js'
import type { Scale } from './scale.js'
import type { MeasuredAs } from './spectra.js'

/** Channels that models see without a recipe: wider spectra are averaged onto so many points. */
export const MAX_POINTS = 512

/** Relative spectra have no absorbance, but a logarithm all the same: a part of their usual value that counts as zero. */
const RELATIVE_EPS = 1e-4

/** Windows of derivatives as shares of the points, and their bounds in points: bands are some percent of an axis wide. */
const FIRST_DERIVATIVE = { share: 0.06, least: 5, most: 21 }
const SECOND_DERIVATIVE = { share: 0.09, least: 7, most: 31 }

/** arPLS as for bands of some ten points; lambda as the issue of its paper has it for about 500 points. */
const BASELINE: Step = { op: 'baseline_pls', method: 'arpls', lam: 1e5, diff_order: 2, max_iter: 50, tol: 1e-3 }
/** Real bands of clean spectra rise steeply too: only what is far steeper is a cosmic ray. */
const DESPIKE: Step = { op: 'despike', variant: 'both_ends', threshold: 50, m: 12 }

/**
 * The grid of chains for data of this kind, the same for every set: nothing, or a normalisation with or without a derivative, and leaving
 * out noisy channels. The derivative comes before SNV, so that SNV does not divide by the baseline that the derivative takes away
 * (measured on ten polymers: 93 to 95 % right against 90 to 92 %). Raw spectra are among them: where path length or particle size is
 * part of the answer, normalising it away costs (tablets in four strengths: 98 % against 94 %).
 * For values parts of the axis are among them: instruments differ most where nothing but the instrument is seen.
 */
export const defaultChains = (axis: Axis, { quantity, geometry }: MeasuredAs, { usual, smallest }: Scale, task: Task): ChainPlan[] => {
  const points = Math.min(axis.values.length, MAX_POINTS)
  const relative = quantity === 'counts-per-ms'
  const emission = relative && geometry === 'emission-or-scattering'
  const grid = onto(axis, points)
  const start: Step[] = relative ? [...grid, ...levels] : [{ op: 'absorbance', eps: smallest }, ...grid, ...levels]
  const log: Step[] = [{ op: 'absorbance', eps: RELATIVE_EPS * Math.abs(usual) || smallest }, ...grid, ...levels]
  const body: [string, readonly Step[]][] = [
    ['raw', []],
    ['raw, quiet channels', [quiet]],
    ['snv', [snv]],
    ['snv, quiet channels', [quiet, snv]],
    ['detrend, snv', [{ op: 'detrend', degree: 2, axis: 'index', snv_first: false }, snv]],
    ['first derivative', [derivative(1, points)]],
    ['first derivative, snv', [derivative(1, points), snv]],
    ['second derivative, snv', [derivative(2, points), snv]],
    ['emsc', [{ op: 'emsc', order: 2, reference: 'mean' }]],
  ]
  const plans = [...body, ...(task === 'value' ? partsOf(points) : [])].map(([name, steps]) => ({ name, steps: [...start, ...steps] }))
  if (emission) {
    const baseline: [string, readonly Step[]][] = [
      ['baseline, snv', [...grid, ...levels, BASELINE, snv]],
      ['despiked, baseline, snv', [DESPIKE, ...grid, ...levels, BASELINE, snv]],
      ['despiked, first derivative, snv', [DESPIKE, ...grid, ...levels, derivative(1, points), snv]],
    ]
    return [...plans, ...baseline.map(([name, steps]) => ({ name, steps: [...steps] }))]
  }
  if (!relative) return plans
  const logs: [string, readonly Step[]][] = [
    ['logarithm, snv', [snv]],
    ['logarithm, first derivative, snv', [derivative(1, points), snv]],
    ['logarithm, emsc', [{ op: 'emsc', order: 2, reference: 'mean' }]],
  ]
  return [...plans, ...logs.map(([name, steps]) => ({ name, steps: [...log, ...steps] }))]
}

/** Parts of the band between noisy ends, as shares of its width, with their names; spectra of fewer points are taken whole. */
const PARTS: readonly (readonly [name: string, from: number, to: number])[] = [
  ['quiet band', 0, 1],
  ['upper 2/3', 1 / 3, 1],
  ['upper 1/2', 1 / 2, 1],
  ['lower 2/3', 0, 2 / 3],
  ['middle 2/3', 1 / 6, 5 / 6],
]
const MIN_PARTED_POINTS = 200

const partsOf = (points: number): [string, readonly Step[]][] => {
  const bodies: readonly (readonly [string, readonly Step[]])[] = [
    ['raw', []],
    ['snv', [snv]],
    ['narrow first derivative, snv', [derivative(1, points / 3), snv]],
    ['first derivative, snv', [derivative(1, points), snv]],
    ['second derivative, snv', [derivative(2, points), snv]],
  ]
  const parts = points < MIN_PARTED_POINTS ? PARTS.slice(0, 1) : PARTS
  return parts.flatMap(([part, from, to]) =>
    bodies.map(([name, steps]): [string, readonly Step[]] => [
      `${part}, ${name}`,
      [{ op: 'band', method: 'quiet-part', times: 3, from, to }, ...steps],
    ]),
  )
}

/** What a normalisation takes away, noted for the gate before it does. */
const levels: readonly Step[] = [
  { op: 'level', name: 'level' },
  { op: 'level', name: 'contrast', statistic: 'sd' },
  { op: 'level', name: 'noise', statistic: 'noise' },
]

const snv: Step = { op: 'snv', ddof: 0 }
const quiet: Step = { op: 'band', method: 'quiet', times: 2 }

/** The channels themselves where they are few; else evenly spaced points, each the mean of what lies around it. */
const onto = ({ values }: Axis, points: number): Step[] => {
  if (values.length <= points) return [{ op: 'resample', method: 'linear', outside: 'nan', grid: [...values] }]
  const from = values[0] ?? 0
  const to = values.at(-1) ?? 0
  const step = (to - from) / (points - 1)
  // The last point is set to the end itself: rounding must not carry it outside.
  const grid = Array.from({ length: points }, (_, i) => (i === points - 1 ? to : Number((from + step * i).toPrecision(9))))
  return [{ op: 'resample', method: 'fwhm', fwhm: Number(step.toPrecision(6)), outside: 'nan', grid }]
}

const derivative = (deriv: 1 | 2, points: number): Step => {
  const { share, least, most } = deriv === 1 ? FIRST_DERIVATIVE : SECOND_DERIVATIVE
  const wished = Math.min(most, Math.max(least, Math.round(share * points)))
  const window = Math.min(wished, points) - (Math.min(wished, points) % 2 === 0 ? 1 : 0)
  return { op: 'savgol', window, poly: 2, deriv, mode: 'interp' }
}
