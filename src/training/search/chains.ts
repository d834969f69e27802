import { isFailure } from '../../failures.js'
import { buildChain } from '../../preprocessing/chain.js'
import type { Step } from '../../preprocessing/contract.js'
import type { Axis } from '../../spectrum/axis.js'
import { meanOf } from '../pca.js'
import { type Prepared, preparer } from '../prepare.js'
import type { ChainPlan } from '../recipe.js'
import { quietBand, quietRanges } from './noise.js'

/** One chain of the search over a fixed list of spectra. */
export interface ChainRows {
  readonly name: string
  /** Number of steps: the fewer, the simpler. For values channels count too (robust.ts). */
  readonly steps: number
  /** Whether a step takes numbers from the spectra that it is trained on: then each training part has a chain of its own. */
  readonly learns: boolean
  /** Every spectrum at the end of the chain as learnt from `train`, null where it is unfit. */
  rows(train: readonly number[]): readonly (Prepared | null)[]
  /** The chain as it stands in a bundle, learnt from `train`. */
  stepsFor(train: readonly number[]): readonly Step[]
}

/** What `reference` of msc and emsc says where it is the mean of the training spectra. */
const LEARNT = 'mean'
const learns = (step: Step): boolean => step['reference'] === LEARNT

/**
 * A chain of the recipe on these spectra. `{op: band, method: quiet, times}` leaves out channels noisier than `times` the median; `{op: band, method:
 * quiet-part, times, from, to}` cuts noisy ends off and keeps the part of the rest between two shares of its width, 0 to 1. Either looks at all
 * spectra once, without their labels, and a fold more or less moves no channel across, so it is not learnt anew in each fold. A reference
 * is: its mean is taken of the training part alone. Null where a quiet band leaves nothing out: the same chain without it is tried anyway.
 * @throws Failure CHAIN_INVALID for a chain that cannot be built.
 */
export const openChain = (plan: ChainPlan, axis: Axis, spectra: readonly Float64Array[]): ChainRows | null => {
  const steps = quietened(plan.steps, axis, spectra)
  if (steps === null) return null
  const first = steps.findIndex(learns)
  const shared = first < 0 ? steps : steps.slice(0, first)
  // An empty chain would be refused: where the first step learns, what stands before it is the spectrum itself.
  const before: Runner = shared.length === 0 ? { output: axis, prepare: (values) => ({ values, scalars: {} }) } : preparer(shared, axis)
  const begun = spectra.map((values) => before.prepare(values))
  // Where no spectrum gets as far as the step that learns, there is nothing to learn from, and the rows say so.
  if (first < 0 || begun.every((start) => start === null))
    return { name: plan.name, steps: steps.length, learns: false, rows: () => begun, stepsFor: () => steps }

  const rest = (train: readonly number[]) => {
    const training = train.flatMap((n) => begun[n]?.values ?? [])
    return learnt(steps.slice(first), before.output, training)
  }
  return {
    name: plan.name,
    steps: steps.length,
    learns: true,
    rows: (train) => {
      const { prepare } = preparer(rest(train), before.output)
      return begun.map((start) => {
        const end = start && prepare(start.values)
        return end && { values: end.values, scalars: { ...start.scalars, ...end.scalars } }
      })
    },
    stepsFor: (train) => [...shared, ...rest(train)],
  }
}

interface Runner {
  readonly output: Axis
  prepare(values: Float64Array): Prepared | null
}

/** Every learnt reference as numbers: the mean of the spectra as they stand before that step. */
const learnt = (steps: readonly Step[], axis: Axis, spectra: readonly Float64Array[]): Step[] => {
  const done: Step[] = []
  let at = axis
  let rows = spectra
  for (const step of steps) {
    const full = learns(step) ? { ...step, reference: [...meanOf(rows, at.values.length)] } : { ...step }
    done.push(full)
    const { output, prepare } = preparer([full], at)
    rows = rows.flatMap((row) => prepare(row)?.values ?? [])
    at = output
  }
  return done
}

const isQuiet = (step: Step): boolean => step.op === 'band' && (step['method'] === 'quiet' || step['method'] === 'quiet-part')

const quietened = (steps: readonly Step[], axis: Axis, spectra: readonly Float64Array[]): readonly Step[] | null => {
  const at = steps.findIndex(isQuiet)
  const step = steps[at]
  if (!step) return steps
  const before = steps.slice(0, at)
  const chain = before.length === 0 ? null : preparer(before, axis)
  const rows = chain ? spectra.flatMap((values) => chain.prepare(values)?.values ?? []) : spectra
  const ranges = rangesOf(step, rows, (chain?.output ?? axis).values)
  return ranges && [...before, { op: 'band', method: 'ranges', ranges }, ...steps.slice(at + 1)]
}

const rangesOf = (step: Step, rows: readonly Float64Array[], axis: Float64Array): [number, number][] | null => {
  const { times = DEFAULT_TIMES, from, to } = step
  if (typeof times !== 'number') return null
  if (step['method'] === 'quiet') return quietRanges(rows, axis, times)
  const whole = from === 0 && to === 1
  const [first, last] = quietBand(rows, times) ?? (whole ? [0, -1] : [0, axis.length - 1])
  const place = (share: unknown) => axis[Math.round(first + (typeof share === 'number' ? share : 0) * (last - first))] ?? Number.NaN
  return last < first ? null : [[place(from), place(to)]]
}

const DEFAULT_TIMES = 3

/** Whether the chain can be built on this axis at all: default grids are larger than what some axes can carry. */
export const fits = (plan: ChainPlan, axis: Axis): boolean => {
  try {
    const steps = plan.steps.filter((step) => !learns(step) && !isQuiet(step))
    return steps.length === 0 || buildChain(steps, axis).uncovered === 0
  } catch (error) {
    if (isFailure(error, 'CHAIN_INVALID')) return false
    throw error
  }
}
