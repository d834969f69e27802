import { Failure } from '../failures.js'
import type { Axis } from '../spectrum/axis.js'
import { axisUnits } from '../spectrum/axis.js'
import type { Chain, Step, Unfit } from './contract.js'
import { buildSequence } from './sequence.js'

/** Most steps of one chain. */
export const MAX_STEPS = 64

const infinite: Unfit = { flag: 'degenerate', why: 'the chain ended in a number without bounds' }

/**
 * A chain for spectra on `axis`. Resampling targets stand in their step as `grid`.
 * @throws Failure CHAIN_INVALID: unknown operation or parameter, or one that cannot work on this axis, with the number of the step (from 1).
 */
export const buildChain = (steps: readonly Step[], axis: Axis, where = 'chain'): Chain => {
  if (steps.length > MAX_STEPS) throw new Failure('CHAIN_INVALID', { where, seen: `${steps.length} steps`, allowed: `at most ${MAX_STEPS}` })
  const sequence = buildSequence(steps, axis, where)
  const gaps = maskedReasons(sequence.output)
  return {
    input: axis,
    output: sequence.output,
    uses: sequence.uses,
    uncovered: sequence.never.reduce((sum, never) => sum + never, 0),
    scalars: sequence.scalars,
    run: (input, output) => {
      if (input.length !== axis.values.length || output.length !== sequence.output.values.length)
        throw new Failure('INVARIANT', {
          where,
          seen: `${input.length} values in, ${output.length} out`,
          allowed: `${axis.values.length} in, ${sequence.output.values.length} out`,
        })
      return sequence.run(input, output) ?? endCheck(output, gaps)
    },
  }
}

/** No NaN and no infinity may go on to a model. The sum tells both at once, so that a good spectrum costs one pass. */
const endCheck = (output: Float64Array, gaps: (channel: number) => Unfit): Unfit | null => {
  // Two sums side by side: one alone waits for each addition before the next.
  const twos = output.length - (output.length % 2)
  let even = 0
  let odd = 0
  for (let i = 0; i < twos; i += 2) {
    even += (output[i] ?? 0) * 0
    odd += (output[i + 1] ?? 0) * 0
  }
  if (twos < output.length) odd += (output[twos] ?? 0) * 0
  if (even + odd === 0) return null
  for (let i = 0; i < output.length; i++) if (Number.isNaN(output[i])) return gaps(i)
  return infinite
}

/** The reason for each channel, made once and kept: also a stream of masked spectra allocates nothing. */
const maskedReasons = ({ kind, values }: Axis): ((channel: number) => Unfit) => {
  const kept = new Map<number, Unfit>()
  return (channel) => {
    const known = kept.get(channel)
    if (known) return known
    const why = `no valid value at channel ${channel} (${values[channel]} ${axisUnits[kind]}) at the end of the chain`
    const made: Unfit = { flag: 'masked', why }
    kept.set(channel, made)
    return made
  }
}
