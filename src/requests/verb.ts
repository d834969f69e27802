import { z } from 'zod'
import { Failure } from '../failures.js'
import type { Reference, ReferenceKind } from '../spectrum/reference.js'
import type { Result } from '../spectrum/result.js'

/** An instrument as a request sees it. */
export interface RequestTarget {
  readonly id: string
  /** Measures a reference now and keeps it. `density`: optical density (log10) of the filter that a white is taken through. */
  takeReference(kind: ReferenceKind, density: number): Promise<Reference>
  /** One measurement outside the trigger; the same result also goes to `instrument/<id>/result`. */
  measure(): Promise<Result>
}

export interface RequestContext {
  /** Everything that is connected now. */
  targets(): readonly RequestTarget[]
}

/** One thing that can be asked of the agent. `perform` takes the content as it came; what it resolves to is the `data` of the response. */
export interface Verb {
  readonly summary: string
  perform(content: unknown, context: RequestContext): Promise<unknown>
}

/** A verb whose content is checked before `run` sees it. @throws Failure REQUEST_INVALID naming the key, what was seen and what is allowed. */
export const defineVerb = <Content>(
  summary: string,
  schema: z.ZodType<Content>,
  run: (content: Content, context: RequestContext) => Promise<unknown>,
): Verb => ({
  summary,
  async perform(content, context) {
    const parsed = schema.safeParse(content)
    if (parsed.success) return run(parsed.data, context)
    const [issue] = parsed.error.issues
    const where = issue === undefined || issue.path.length === 0 ? 'the request' : issue.path.join('.')
    throw new Failure('REQUEST_INVALID', { where, seen: issue?.message ?? 'nothing', cure: summary })
  },
})

/** Fields that every request may carry; `instrument` may be left out where only one is connected. */
export const commonContent = {
  transaction: z.string().min(1).max(256).optional(),
  instrument: z.string().optional(),
}

/** The one instrument that a request means. @throws Failure NO_INSTRUMENT or REQUEST_INVALID naming those that are connected. */
export const targetOf = (instrument: string | undefined, context: RequestContext): RequestTarget => {
  const targets = context.targets()
  const [only] = targets
  const ids = targets.map(({ id }) => id).join(', ')
  if (only === undefined)
    throw new Failure('NO_INSTRUMENT', {
      where: 'request',
      seen: 'no instrument is connected',
      cure: 'plug one in; "spectro2mqtt devices" lists what is there',
    })
  if (instrument === undefined) {
    if (targets.length === 1) return only
    throw new Failure('REQUEST_INVALID', { where: 'instrument', seen: 'nothing, with several connected', allowed: ids })
  }
  const found = targets.find(({ id }) => id === instrument)
  if (found === undefined) throw new Failure('REQUEST_INVALID', { where: 'instrument', seen: JSON.stringify(instrument), allowed: ids })
  return found
}
