import { z } from 'zod'
import { Failure } from '../failures.js'
import type { Reference, ReferenceKind } from '../spectrum/reference.js'
import type { Result } from '../spectrum/result.js'
import type { ModelOrders } from '../updates/updates-contract.js'

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
  readonly models: ModelOrders
}

/** One thing that can be asked of the agent. `perform` takes the content as it came; what it resolves to is the `data` of the response. */
export interface Verb {
  readonly summary: string
  perform(content: unknown, context: RequestContext): Promise<unknown>
}

/** A verb whose content is checked before `run` sees it. @throws Failure REQUEST_INVALID naming the key, what was seen and what is allowed. */
export const defineVerb = <Shape extends z.core.$ZodShape>(
  summary: string,
  schema: z.ZodObject<Shape, z.core.$strict>,
  run: (content: z.output<z.ZodObject<Shape, z.core.$strict>>, context: RequestContext) => Promise<unknown>,
): Verb => ({
  summary,
  async perform(content, context) {
    const parsed = schema.safeParse(content)
    if (parsed.success) return run(parsed.data, context)
    const [issue] = parsed.error.issues
    if (issue?.code === 'unrecognized_keys') {
      const seen = `unknown: ${issue.keys
        .map((key) => JSON.stringify(key))
        .join(', ')
        .slice(0, MAX_SEEN)}`
      throw new Failure('REQUEST_INVALID', { where: 'the content', seen, allowed: Object.keys(schema.shape).join(', '), cure: summary })
    }
    const where = issue === undefined || issue.path.length === 0 ? 'the content' : issue.path.join('.')
    const [key] = issue?.path ?? []
    const value: unknown = key === undefined ? content : typeof content === 'object' && content !== null ? Reflect.get(content, key) : undefined
    const seen = JSON.stringify(value)?.slice(0, MAX_SEEN) ?? 'nothing'
    throw new Failure('REQUEST_INVALID', { where, seen, allowed: issue === undefined ? 'a JSON object' : allowedBy(issue), cure: summary })
  },
})

/** Characters of what was sent that a refusal quotes. */
const MAX_SEEN = 80

const allowedBy = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'too_small':
      return `at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`
    case 'invalid_type':
      return { number: 'a number', string: 'text', object: 'a JSON object' }[String(issue.expected)] ?? issue.expected
    default:
      return issue.message
  }
}

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
