import { z } from 'zod'
import { orderShape } from '../../updates/order-book.js'
import { defineVerb } from '../verb.js'
import { slotContent, slotOf } from './slot.js'

/** Installs this bundle now, whatever `desired` says; it holds until that changes. The response comes when the install has begun. */
export const install = defineVerb(
  'install a model of the repository now: "model" is LINE/ID, with "version" or "sha256" where it must be that one',
  z.strictObject({ ...slotContent, ...orderShape }),
  ({ slot, model, version, sha256 }, context) => context.models.install(slotOf(slot, context), { model, version, sha256 }),
)
