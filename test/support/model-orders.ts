import { Failure } from '../../src/failures.js'
import { emptyRecord } from '../../src/updates/record.js'
import { type SlotState, slotState } from '../../src/updates/state.js'
import type { ModelOrders } from '../../src/updates/updates-contract.js'

/** How a slot stands in which nothing was ever ordered. */
export const quietState: SlotState = slotState(emptyRecord, {
  factory: null,
  progress: null,
  disagreement: null,
  latest: null,
  desired: null,
  refusal: null,
})

/** Slots that take down what is ordered of them, and refuse what `refuse` names. */
export const notedOrders = (slots: readonly string[], taken: string[] = [], refuse: string | null = null): ModelOrders => {
  const note = async (what: string): Promise<SlotState> => {
    if (what.startsWith(refuse ?? '\0')) throw new Failure('REQUEST_INVALID', { where: what, seen: 'an order that cannot be' })
    taken.push(what)
    return quietState
  }
  return {
    slots,
    state: () => quietState,
    install: (slot, order) => note(`install ${slot} ${JSON.stringify(order)}`),
    check: (slot) => note(`check ${slot}`),
    commit: (slot) => note(`commit ${slot}`),
    rollback: (slot) => note(`rollback ${slot}`),
    pin: (slot) => note(`pin ${slot}`),
    abort: (slot) => note(`abort ${slot}`),
  }
}
