import { Failure } from '../failures.js'
import type { Bundle } from '../models/bundle.js'
import { fitChain, quantityMisfit } from '../models/fit.js'
import type { TransferFile } from '../models/transfer-file.js'
import type { Axis } from '../spectrum/axis.js'
import type { Quantity } from '../spectrum/quantity.js'
import { compareVersions } from '../updates/rollout.js'

/** An instrument of a slot as an install looks at it. */
export interface InstrumentOnSlot {
  /** For messages: its link. */
  readonly where: string
  readonly quantity: Quantity
  /** What makes the answers of one bundle right on it; null: nothing. */
  readonly transfer: TransferFile | null
  /** null while it is not connected: then only what its settings say can be looked at. */
  connected(): { readonly id: string; readonly family: string; readonly axis: Axis } | null
}

/** Why this bundle is not for the instruments and the agent that are here; null: it is. */
export const misfitOf = (bundle: Bundle, instruments: readonly InstrumentOnSlot[], agentVersion: string): Failure | null => {
  const { minAgent } = bundle.manifest
  if (minAgent !== undefined && compareVersions(agentVersion, minAgent) < 0)
    return refuse('this agent', `version ${agentVersion}`, `version ${minAgent} or later`, 'update the agent first')
  for (const instrument of instruments) {
    const refusal = refusalBy(bundle, instrument)
    if (refusal) return refusal
  }
  return null
}

const refusalBy = (bundle: Bundle, { where, quantity, transfer, connected }: InstrumentOnSlot): Failure | null => {
  const { families = [], input } = bundle.manifest
  const wrongQuantity = quantityMisfit(input.quantity, quantity)
  if (wrongQuantity) return refuse(where, wrongQuantity.why, input.quantity, 'give the instrument another slot')
  if (quantity !== 'counts-per-ms' && input.geometry !== quantity)
    return refuse(where, `light in ${quantity}`, `the geometry ${input.geometry}`, 'give the instrument another slot')
  if (transfer !== null && transfer.bundle.sha256 !== bundle.sha256)
    return refuse(
      where,
      `a transfer made for ${transfer.bundle.id} ${transfer.bundle.version}`,
      'one that was made for this bundle, or none',
      'make the transfer again for the new bundle, or remove "transfer" of this instrument: it would refuse every answer',
    )
  const present = connected()
  if (present === null) return null
  if (families.length > 0 && !families.includes(present.family))
    return refuse(present.id, `an instrument of the family ${present.family}`, families.join(', '), 'give the instrument another slot')
  const fit = fitChain(bundle, present.axis)
  return 'run' in fit ? null : refuse(present.id, fit.why, 'the axis that it was made for', 'give the instrument another slot, or train for its axis')
}

const refuse = (where: string, seen: string, allowed: string, cure: string): Failure => new Failure('BUNDLE_UNFIT', { where, seen, allowed, cure })
