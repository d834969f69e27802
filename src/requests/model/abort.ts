import { z } from 'zod'
import { defineVerb } from '../verb.js'
import { slotContent, slotOf } from './slot.js'

/** Gives up the install under way, until `desired` changes. */
export const abort = defineVerb('give up the install under way, until "desired" changes', z.strictObject({ ...slotContent }), ({ slot }, context) =>
  context.models.abort(slotOf(slot, context)),
)
