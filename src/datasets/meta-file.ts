import type { z } from 'zod'
import { Failure } from '../failures.js'
import { MAX_META_BYTES, readBounded, utf8Text } from './bounded-file.js'

/**
 * A JSON file of a data set, as its schema reads it.
 * @throws Failure DATA_INVALID naming file and key, what was seen and what is allowed.
 */
export const readMeta = <Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> => {
  const text = utf8Text(file, readBounded(file, MAX_META_BYTES))
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (cause) {
    throw new Failure('DATA_INVALID', { where: file, seen: 'text that is not JSON', allowed: 'one JSON object', cause })
  }
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Failure('DATA_INVALID', {
    where: `${file}, key "${issue?.path.join('.') ?? ''}"`,
    seen: quoted(
      issue?.path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), raw),
    ),
    allowed: issue?.code === 'invalid_value' ? issue.values.join(', ') : `as docs/data-folders.md says (${issue?.message ?? 'one JSON object'})`,
  })
}

/** A value as a message shows it. */
const quoted = (value: unknown): string => (value === undefined ? 'no such key' : JSON.stringify(value).slice(0, 80))
