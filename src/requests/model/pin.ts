import { z } from 'zod'
import { defineVerb } from '../verb.js'
import { slotContent, slotOf } from './slot.js'

/** What answers now stays, until `desired` changes. */
export const pin = defineVerb('keep what answers now, until "desired" changes', z.strictObject({ ...slotContent }), ({ slot }, context) =>
  context.models.pin(slotOf(slot, context)),
)
