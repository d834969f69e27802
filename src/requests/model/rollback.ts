import { z } from 'zod'
import { defineVerb } from '../verb.js'
import { slotContent, slotOf } from './slot.js'

/** A step back, to the model before; it holds until `desired` changes. */
export const rollback = defineVerb(
  'let the model before answer again, until "desired" changes',
  z.strictObject({ ...slotContent }),
  ({ slot }, context) => context.models.rollback(slotOf(slot, context)),
)
