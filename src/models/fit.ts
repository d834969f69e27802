import { isFailure } from '../failures.js'
import { buildChain } from '../preprocessing/chain.js'
import type { Chain } from '../preprocessing/contract.js'
import type { Axis } from '../spectrum/axis.js'
import type { Quantity } from '../spectrum/quantity.js'
import type { ModelParts } from './bundle.js'

/** Why a spectrum must not be computed by this model at all. `why` is a sentence for the log. */
export interface Misfit {
  readonly flag: 'axis-mismatch' | 'quantity-mismatch' | 'transfer-mismatch'
  readonly why: string
}

/** The chain for this axis, or why there is none: another kind, a range that does not reach, or another grid at its end than the model was made for. */
export const fitChain = ({ manifest, axis: own, prepared }: ModelParts, axis: Axis): Chain | Misfit => {
  const no = (why: string): Misfit => ({ flag: 'axis-mismatch', why })
  if (axis.kind !== own.kind) return no(`the instrument measures ${axis.kind}, the model was made for ${own.kind}`)
  try {
    const chain = buildChain(manifest.chain, axis)
    if (chain.uncovered > 0) return no(`the instrument does not reach ${chain.uncovered} of the model's ${prepared.values.length} channels`)
    if (chain.output.id !== prepared.id) return no("the chain ends on another grid than the model's own: it does not resample")
    return chain
  } catch (error) {
    if (isFailure(error, 'CHAIN_INVALID', 'AXIS_INVALID')) return no(error.message)
    throw error
  }
}

export const axisMisfit = (axis: Axis, bound: Axis): Misfit | null =>
  axis.id === bound.id ? null : { flag: 'axis-mismatch', why: `a spectrum on axis ${axis.id} where the model is bound to ${bound.id}` }

export const quantityMisfit = (wanted: Quantity, seen: Quantity): Misfit | null =>
  seen === wanted ? null : { flag: 'quantity-mismatch', why: `the instrument gives ${seen}, the model was made for ${wanted}` }

/** The first saturated pixel on which any channel of the model depends; -1 if none. */
export const saturatedPixel = (saturated: Uint8Array, uses: Uint8Array): number => {
  for (let i = 0; i < uses.length; i++) if ((saturated[i] ?? 0) !== 0 && uses[i] === 1) return i
  return -1
}
