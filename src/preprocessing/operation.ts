import { z } from 'zod'
import { Failure, isFailure } from '../failures.js'
import type { Axis } from '../spectrum/axis.js'
import type { Step } from './contract.js'
import type { Stage } from './stage.js'

/** Most channels of any axis or list in a chain. */
export const MAX_CHANNELS = 16_384

/** One operation of the table: checks its parameters and binds itself to an axis. */
export interface Operation {
  /** @throws Failure CHAIN_INVALID, with `where` in front. */
  bind(step: Step, axis: Axis, where: string): Stage
}

/** A refusal in the words of the operation; the place is added outside. */
export type Refuse = (seen: string, allowed: string) => Failure

export const operation = <S extends z.ZodType>(parameters: S, bind: (parameters: z.output<S>, axis: Axis, refuse: Refuse) => Stage): Operation => ({
  bind: ({ op: _, ...given }, axis, where) => {
    const parsed = parameters.safeParse(given)
    if (!parsed.success) throw refusal(parsed.error.issues[0], given, parameters, where)
    try {
      return bind(parsed.data, axis, (seen, allowed) => new Failure('CHAIN_INVALID', { where, seen, allowed }))
    } catch (error) {
      if (!isFailure(error, 'AXIS_INVALID')) throw error
      const { seen = 'no axis', allowed = 'an ascending axis' } = error
      throw new Failure('CHAIN_INVALID', { where, seen: `an axis of ${seen}`, allowed, cause: error })
    }
  },
})

/** One number for each channel, or a target grid. */
export const list = z.array(z.number()).min(1).max(MAX_CHANNELS)

/** What a NaN does to a step that needs the whole spectrum. Absent: no rule was given, so such a spectrum is refused too. */
export const nanPolicy = z.enum(['skip', 'refuse']).optional()

/** A list that must match the axis it stands on. */
export const perChannel = (values: readonly number[], name: string, axis: Axis, refuse: Refuse): Float64Array => {
  if (values.length !== axis.values.length) throw refuse(`${name} with ${values.length} numbers`, `${axis.values.length}, one for each channel`)
  return Float64Array.from(values)
}

const refusal = (issue: z.core.$ZodIssue | undefined, given: object, parameters: z.ZodType, where: string): Failure => {
  const path = issue?.path ?? []
  if (issue?.code === 'unrecognized_keys') {
    const seen = `the parameter ${[...path.map(String), issue.keys.join(', ')].join('.')}`
    return new Failure('CHAIN_INVALID', { where, seen, allowed: namesIn(parameters, given).join(', ') || 'no parameter' })
  }
  const value = path.reduce<unknown>((at, part) => (typeof at === 'object' && at !== null ? Reflect.get(at, part) : undefined), given)
  const allowed = issue?.code === 'invalid_union' ? formNames(parameters).join(', ') : (issue?.message ?? 'other parameters')
  return new Failure('CHAIN_INVALID', { where, seen: `${path.map(String).join('.')} ${quoted(value)}`.trim(), allowed })
}

/** The values of the key that tells the forms of an operation apart (`method`, `variant`). */
const formNames = (schema: z.ZodType): readonly string[] => {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return []
  return schema.options.flatMap((option) => {
    const key = option instanceof z.ZodObject ? option.shape[schema.def.discriminator] : undefined
    return key instanceof z.ZodLiteral ? [...key.values].map((value) => JSON.stringify(value)) : []
  })
}

/** The parameters of an operation, in the form that was asked for where it has several. */
const namesIn = (schema: z.ZodType, given: object): readonly string[] => {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape)
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return []
  const { discriminator } = schema.def
  const asked: unknown = Reflect.get(given, discriminator)
  return schema.options.flatMap((option) => {
    const key = option instanceof z.ZodObject ? option.shape[discriminator] : undefined
    return option instanceof z.ZodObject && key instanceof z.ZodLiteral && key.safeParse(asked).success ? Object.keys(option.shape) : []
  })
}

const quoted = (value: unknown): string => {
  const text = value === undefined ? 'that is not there' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
