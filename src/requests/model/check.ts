import { z } from 'zod'
import { defineVerb } from '../verb.js'
import { slotContent, slotOf } from './slot.js'

/** Looks into the repository now, and does what `desired` says. */
export const check = defineVerb(
  'look into the repository now and follow what "desired" says',
  z.strictObject({ ...slotContent }),
  ({ slot }, context) => context.models.check(slotOf(slot, context)),
)
