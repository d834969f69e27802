import { z } from 'zod'
import type { Step } from '../../preprocessing/contract.js'
import { buildSequence } from '../../preprocessing/sequence.js'
import { makeAxis, pixelAxis } from '../../spectrum/axis.js'
import { type Answer, listAnswer, rowsAnswer } from './answer.js'
import { type GoldenCase, numberList, numberRows } from './schema.js'

/** Keys of a case that an operation takes as parameters, and the name that the parameter has in a chain. */
const inputs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  resample: { new_axis: 'grid' },
  dark_white: { dark: 'dark', white: 'white', reference_reflectance: 'reference_reflectance' },
  msc: { reference: 'reference', weights: 'row_weights' },
  emsc: { reference: 'reference', weights: 'row_weights', interferents: 'interferents' },
}

const stepSchema = z.array(z.looseObject({ op: z.string() }))

/** The chain of a case. @throws ZodError where a `pipeline` has no steps */
export const stepsOf = (algo: string, golden: GoldenCase): readonly Step[] =>
  (algo === 'pipeline' ? stepSchema.parse(golden.params['steps']) : [{ ...golden.params, op: algo }]).map((step) => ({
    ...step,
    ...Object.fromEntries(
      Object.entries(inputs[step.op] ?? {}).flatMap(([key, parameter]) => (golden[key] === undefined ? [] : [[parameter, golden[key]]])),
    ),
  }))

/**
 * Every spectrum of a case through the chain builder that also serves the agent, without the check at the chain's end: a mask may come out.
 * @throws Failure CHAIN_INVALID for a chain that is refused
 */
export const chainAnswer = (steps: readonly Step[], golden: GoldenCase): Answer => {
  const rows = numberRows(golden.input)
  const length = rows[0]?.length ?? 0
  const order = ascending(golden, length)
  const axis =
    golden['axis'] === undefined
      ? pixelAxis(length)
      : makeAxis(
          'wavelength',
          order.map((i) => numberList(golden['axis'])[i] ?? Number.NaN),
        )
  const sequence = buildSequence(steps, axis, golden.name)
  const outputs = rows.map((row) => {
    const values = new Float64Array(sequence.output.values.length)
    const input = Float64Array.from(order, (i) => row[i] ?? Number.NaN)
    return { values, unfit: sequence.run(input, values) }
  })
  const unfit = outputs.find(({ unfit }) => unfit !== null)?.unfit
  if (unfit) return { numbers: new Map(), unfit: unfit.why }
  const values = outputs.map(({ values }) => values)
  return { ...(Array.isArray(golden.input[0]) ? rowsAnswer(values) : listAnswer(values[0] ?? [])), unfit: null }
}

/** An axis in a chain ascends: one that descends is turned round, its values with it. Any other order stays, and is refused. */
const ascending = (golden: GoldenCase, length: number): readonly number[] => {
  const axis = numberList(golden['axis'] ?? [])
  const descending = axis.length > 1 && (axis[0] ?? 0) > (axis[1] ?? 0)
  return Array.from({ length }, (_, i) => (descending ? length - 1 - i : i))
}
