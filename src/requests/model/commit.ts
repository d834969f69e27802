import { z } from 'zod'
import { defineVerb } from '../verb.js'
import { slotContent, slotOf } from './slot.js'

/** Ends the trial of a new model: it stays. */
export const commit = defineVerb('end the trial of the new model: it stays', z.strictObject({ ...slotContent }), ({ slot }, context) =>
  context.models.commit(slotOf(slot, context)),
)
