import { z } from 'zod'
import { Failure } from '../../failures.js'
import type { RequestContext } from '../verb.js'

/** Fields that every verb about a slot may carry; `slot` may be left out where there is only one. */
export const slotContent = {
  transaction: z.string().min(1).max(256).optional(),
  slot: z.string().optional(),
}

/** The one slot that a request means. @throws Failure REQUEST_INVALID naming those that there are */
export const slotOf = (slot: string | undefined, { models }: RequestContext): string => {
  const { slots } = models
  const [only] = slots
  if (only === undefined)
    throw new Failure('REQUEST_INVALID', { where: 'slot', seen: 'no slot is configured', cure: 'name a bundle under "models" in the configuration' })
  if (slot === undefined) {
    if (slots.length === 1) return only
    throw new Failure('REQUEST_INVALID', { where: 'slot', seen: 'nothing, with several configured', allowed: slots.join(', ') })
  }
  if (slots.includes(slot)) return slot
  throw new Failure('REQUEST_INVALID', { where: 'slot', seen: JSON.stringify(slot), allowed: slots.join(', ') })
}
