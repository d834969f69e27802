import { z } from 'zod'
import type { IncomingRequest, Response } from '../delivery/contract.js'
import { asFailure, Failure } from '../failures.js'
import { dark } from './dark.js'
import { measure } from './measure.js'
import { abort } from './model/abort.js'
import { check } from './model/check.js'
import { commit } from './model/commit.js'
import { install } from './model/install.js'
import { pin } from './model/pin.js'
import { rollback } from './model/rollback.js'
import type { RequestContext, Verb } from './verb.js'
import { white } from './white.js'

/** Every verb by the name under which it is asked for: `request/<name>`. */
export const verbs = {
  dark,
  white,
  measure,
  'model/install': install,
  'model/check': check,
  'model/commit': commit,
  'model/rollback': rollback,
  'model/pin': pin,
  'model/abort': abort,
} as const satisfies Record<string, Verb>

/** Requests that may be under way at once; one more is refused. */
export const MAX_UNDER_WAY = 16

/** The part of the store that makes a transaction run once only, also across restarts. */
export interface Transactions {
  reply(transaction: string): Promise<string | null>
  remember(transaction: string, reply: string): Promise<void>
}

/**
 * Answers requests (DESIGN section 8). A transaction that was answered before gets the same answer again and is not run again; one
 * that is under way is joined. Never rejects: what goes wrong is the response.
 */
export const createDispatch = (context: RequestContext, transactions: Transactions) => {
  const underWay = new Map<string, Promise<Response>>()
  let count = 0
  const once = async (request: IncomingRequest): Promise<Response> => {
    const key = transactionKey(request)
    if (key === null) return answer(request, context)
    const known = await transactions.reply(key)
    if (known !== null) return { ...remembered.parse(JSON.parse(known)), transaction: request.transaction }
    const running = underWay.get(key)
    if (running) return running
    const started = answer(request, context)
    underWay.set(key, started)
    try {
      const response = await started
      await transactions.remember(key, JSON.stringify(response))
      return response
    } finally {
      underWay.delete(key)
    }
  }
  return async (request: IncomingRequest): Promise<Response> => {
    if (count >= MAX_UNDER_WAY)
      return refusal(
        request,
        new Failure('REQUEST_INVALID', {
          where: `request/${request.verb}`,
          seen: `${count} requests under way`,
          allowed: `at most ${MAX_UNDER_WAY}`,
        }),
      )
    count++
    try {
      return await once(request)
    } catch (error) {
      return refusal(request, error)
    } finally {
      count--
    }
  }
}

const answer = async (request: IncomingRequest, context: RequestContext): Promise<Response> => {
  try {
    return { status: 'ok', data: await perform(request, context), error: null, transaction: request.transaction }
  } catch (error) {
    return refusal(request, error)
  }
}

const perform = async ({ verb, content }: IncomingRequest, context: RequestContext): Promise<unknown> => {
  const known = Object.entries(verbs).find(([name]) => name === verb)?.[1]
  if (known) return known.perform(content, context)
  throw new Failure('REQUEST_INVALID', { where: `request/${verb}`, seen: 'a verb that does not exist', allowed: Object.keys(verbs).join(', ') })
}

const refusal = (request: IncomingRequest, error: unknown): Response => {
  const { code, message } = asFailure(error, 'INVARIANT', `request/${request.verb}`)
  return { status: 'error', data: null, error: { code, message }, transaction: request.transaction }
}

/** The same word under another verb is another transaction. */
const transactionKey = ({ verb, transaction }: IncomingRequest): string | null => (transaction === null ? null : `${verb}/${transaction}`)

/** A response as the store gives it back. */
const remembered = z.object({
  status: z.enum(['ok', 'error']),
  data: z.unknown(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})
