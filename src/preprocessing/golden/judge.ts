import { z } from 'zod'
import { isFailure } from '../../failures.js'
import { makeAxis, pixelAxis } from '../../spectrum/axis.js'
import type { Step } from '../contract.js'
import { operations } from '../operations.js'
import { buildSequence } from '../sequence.js'
import type { GoldenCase } from './schema.js'

export type Judgement =
  | { readonly at: 'passed' }
  | { readonly at: 'failed'; readonly why: string }
  | { readonly at: 'skipped'; readonly operation: string }

/** Keys of a case that an operation takes as parameters, and the name that the parameter has in a chain. */
const inputs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  resample: { new_axis: 'grid' },
  dark_white: { dark: 'dark', white: 'white', reference_reflectance: 'reference_reflectance' },
  msc: { reference: 'reference', weights: 'row_weights' },
  emsc: { reference: 'reference', weights: 'row_weights', interferents: 'interferents' },
}

/** Runs one case through the chain builder that also serves the agent, and compares. Skipped: a case with an operation that does not exist. */
export const judge = (algo: string, golden: GoldenCase): Judgement => {
  const steps = stepsOf(algo, golden)
  const missing = steps.find(({ op }) => !operations.has(op))
  if (missing) return { at: 'skipped', operation: missing.op }
  const { values, order } = ascending(golden)
  try {
    const axis =
      golden['axis'] === undefined
        ? pixelAxis(values.length)
        : makeAxis(
            'wavelength',
            order.map((i) => numbers(golden['axis'])[i] ?? Number.NaN),
          )
    const sequence = buildSequence(steps, axis, golden.name)
    if (golden.kind === 'error') return { at: 'failed', why: 'was built, must be refused' }
    const output = new Float64Array(sequence.output.values.length)
    const unfit = sequence.run(values, output)
    if (golden.kind === 'degenerate') return unfit ? { at: 'passed' } : { at: 'failed', why: 'was given out, must be reported as unusable' }
    if (unfit) return { at: 'failed', why: `reported as unusable: ${unfit.why}` }
    const difference = firstDifference(output, numbers(golden.output), golden.rtol, golden.atol)
    return difference === null ? { at: 'passed' } : { at: 'failed', why: difference }
  } catch (error) {
    if (!isFailure(error)) throw error
    return golden.kind === 'error' ? { at: 'passed' } : { at: 'failed', why: error.message }
  }
}

/** The first value that is not within atol + rtol * |want|, in words; null when all are. NaN must meet NaN, and the lengths each other. */
export const firstDifference = (got: ArrayLike<number>, want: ArrayLike<number>, rtol: number, atol: number): string | null => {
  if (got.length !== want.length) return `got ${got.length} values, want ${want.length}`
  for (let i = 0; i < want.length; i++) {
    const have = got[i] ?? Number.NaN
    const wish = want[i] ?? Number.NaN
    const near = Number.isNaN(wish) ? Number.isNaN(have) : Math.abs(have - wish) <= atol + rtol * Math.abs(wish)
    if (!near) return `index ${i}: got ${have}, want ${wish}`
  }
  return null
}

const stepSchema = z.array(z.looseObject({ op: z.string() }))

const stepsOf = (algo: string, golden: GoldenCase): readonly Step[] =>
  (algo === 'pipeline' ? stepSchema.parse(golden.params['steps']) : [{ ...golden.params, op: algo }]).map((step) => ({
    ...step,
    ...Object.fromEntries(
      Object.entries(inputs[step.op] ?? {}).flatMap(([key, parameter]) => (golden[key] === undefined ? [] : [[parameter, golden[key]]])),
    ),
  }))

/** An axis in a chain ascends: one that descends is turned round, its values with it. Any other order stays, and is refused. */
const ascending = (golden: GoldenCase): { values: Float64Array; order: readonly number[] } => {
  const values = numbers(golden.input)
  const axis = numbers(golden['axis'] ?? [])
  const descending = axis.length > 1 && (axis[0] ?? 0) > (axis[1] ?? 0)
  const order = Array.from(values, (_, i) => (descending ? values.length - 1 - i : i))
  return { values: Float64Array.from(order, (i) => values[i] ?? Number.NaN), order }
}

/** A list of numbers in which null is NaN. */
const numbers = (list: unknown): Float64Array => Float64Array.from(z.array(z.number().nullable()).parse(list), (value) => value ?? Number.NaN)
