import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Order } from './contract.js'
import type { Desired } from './updates-contract.js'

/** Bytes of a `desired` message at most. */
export const MAX_ORDER_BYTES = 4096

/** What `desired` and `model/install` may say (contract.ts). */
export const orderShape = {
  model: z.string().regex(/^[a-z][a-z0-9-]{0,63}\/[a-z0-9-]{1,64}$/, 'LINE/ID as "repo add" named it, in small letters, digits and hyphens'),
  version: z
    .string()
    .regex(/^\d{1,9}\.\d{1,9}\.\d{1,9}$/, 'a version like 1.0.0')
    .optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 hex digits of SHA-256')
    .optional(),
}
const orderSchema = z.strictObject(orderShape) satisfies z.ZodType<Order>

/** What holds for a slot. */
export interface Standing {
  /** null: no wish, or one that cannot be read. */
  readonly order: Order | null
  /** SHA-256 of the content that holds; of nothing where there is none. */
  readonly under: string
  /** Why the content that holds cannot be followed; null: it can, or there is none. */
  readonly unreadable: string | null
}

/** The `desired` messages of one agent and its groups. Its own beats those of groups, a group named earlier in the settings one named later. */
export interface OrderBook {
  take(message: Desired): void
  /** A new connection: its retained orders follow. What is known counts until `settle`. */
  begin(): void
  /** What did not come again since `begin` is not wanted any more. */
  settle(): void
  standing(slot: string): Standing
}

export const createOrderBook = (groups: readonly string[]): OrderBook => {
  /** By slot, then by group; null is the agent itself. At most one content for each. */
  const known = new Map<string, Map<string | null, Entry>>()
  return {
    take({ slot, group, payload }) {
      if (group !== null && !groups.includes(group)) return
      const own = known.get(slot) ?? new Map<string | null, Entry>()
      known.set(slot, own)
      own.set(group, { ...entryOf(payload), fresh: true })
    },
    begin() {
      for (const own of known.values()) for (const [group, entry] of own) own.set(group, { ...entry, fresh: false })
    },
    settle() {
      for (const own of known.values()) for (const [group, { fresh }] of own) if (!fresh) own.delete(group)
    },
    standing(slot) {
      const own = known.get(slot)
      const held = [null, ...groups].map((group) => own?.get(group)).find((entry) => entry !== undefined && !entry.empty)
      return held ? held.standing : nothing
    },
  }
}

interface Entry {
  readonly standing: Standing
  readonly empty: boolean
  /** Came on the connection that stands. */
  readonly fresh: boolean
}

const hashOf = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex')
const nothing: Standing = { order: null, under: hashOf(''), unreadable: null }

const entryOf = (payload: Uint8Array): Omit<Entry, 'fresh'> => {
  if (payload.length === 0) return { standing: nothing, empty: true }
  const under = hashOf(payload)
  const { order, unreadable } = read(payload)
  return { standing: { order, under, unreadable }, empty: false }
}

const read = (payload: Uint8Array): Pick<Standing, 'order' | 'unreadable'> => {
  if (payload.length > MAX_ORDER_BYTES) return { order: null, unreadable: `${payload.length} bytes, allowed: ${MAX_ORDER_BYTES}` }
  try {
    const content: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    const { data, error } = orderSchema.safeParse(content)
    const [issue] = error?.issues ?? []
    return data ? { order: data, unreadable: null } : { order: null, unreadable: [issue?.path.join('.'), issue?.message].filter(Boolean).join(': ') }
  } catch {
    return { order: null, unreadable: 'not JSON; allowed: {"model": "LINE/ID"}, with "version" or "sha256" where it must be that one' }
  }
}
