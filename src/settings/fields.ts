import { z } from 'zod'
import { settingsSchema } from './schema.js'

/** One key of the configuration, as the schema describes it. `children` where the value is keys again. */
export interface Field {
  readonly key: string
  readonly description: string
  readonly type: string
  readonly fallback: string
  readonly children: readonly Field[]
}

const jsonSchemaShape = z.looseObject({
  description: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  get anyOf() {
    return z.array(jsonSchemaShape).optional()
  },
  get properties() {
    return z.record(z.string(), jsonSchemaShape).optional()
  },
  get items() {
    return jsonSchemaShape.optional()
  },
  get additionalProperties() {
    return z.union([z.boolean(), jsonSchemaShape]).optional()
  },
})
type JsonSchema = z.output<typeof jsonSchemaShape>

/** The JSON Schema (draft 2020-12) of what may stand in the file: no key is required. */
export const jsonSchema = () => z.toJSONSchema(settingsSchema, { io: 'input' })

/** The tree of all keys, in the order of the schema. Lists show the keys of one entry. */
export const fields = (): readonly Field[] => children(jsonSchemaShape.parse(jsonSchema()))

/** The keys allowed at a place in the file; list indices and slot names stand for any. */
export const fieldsAt = (path: readonly PropertyKey[]): readonly string[] => {
  let level = fields()
  for (const part of path) {
    if (typeof part === 'number') continue
    level = level.find(({ key }) => key === part || key === '<name>')?.children ?? []
  }
  return level.map(({ key }) => key)
}

const children = (schema: JsonSchema): readonly Field[] => {
  if (schema.properties) return Object.entries(schema.properties).map(([key, value]) => field(key, value))
  if (schema.items?.properties) return children(schema.items)
  if (typeof schema.additionalProperties === 'object') return [field('<name>', schema.additionalProperties)]
  return []
}

const field = (key: string, schema: JsonSchema): Field => ({
  key,
  description: schema.description ?? '',
  type: typeOf(schema),
  fallback: schema.default === undefined ? '' : JSON.stringify(schema.default),
  children: children(schema),
})

const typeOf = (schema: JsonSchema): string => {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' or ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(', ')
  if (schema.type === 'integer' || schema.type === 'number') {
    const range = schema.minimum !== undefined && schema.maximum !== undefined ? `, ${schema.minimum} to ${schema.maximum}` : ''
    return `${schema.type === 'integer' ? 'whole number' : 'number'}${range}`
  }
  const names: Readonly<Record<string, string>> = { string: 'text', array: 'list', object: 'keys', null: 'null', boolean: 'true or false' }
  return names[schema.type ?? ''] ?? 'any'
}
