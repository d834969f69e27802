import type { z } from 'zod'
import { fieldsAt } from './fields.js'

/** One mistake in a configuration, in words. `key` is dotted, `seen` quotes the value, `allowed` says what may stand there. */
export interface Mistake {
  readonly path: readonly PropertyKey[]
  readonly key: string
  readonly seen: string
  readonly allowed: string
}

/** What zod found, as a person would say it. Unknown keys become one mistake each, with the likeliest right key. */
export const explain = (issue: z.core.$ZodIssue, content: unknown): readonly Mistake[] => {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key))
  if (issue.code === 'invalid_union') {
    const deeper = issue.errors.flat().filter((inner) => inner.path.length > 0)
    if (deeper.length > 0) return deeper.flatMap((inner) => explain({ ...inner, path: [...issue.path, ...inner.path] }, content))
  }
  return [{ path: issue.path, key: dotted(issue.path), seen: quoted(valueAt(content, issue.path)), allowed: allowedBy(issue) }]
}

const allowedBy = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `${article(issue.expected)}${unitHint(issue.path)}`
    case 'too_small':
      return `at least ${issue.minimum}${unitHint(issue.path)}`
    case 'too_big':
      return `at most ${issue.maximum}${unitHint(issue.path)}`
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ')
    case 'invalid_union':
      return '"request", "continuous" or {intervalMs: NUMBER}'
    default:
      return issue.message
  }
}

const unknownKey = (path: readonly PropertyKey[], key: string): Mistake => {
  const known = fieldsAt(path)
  const near = known.filter((field) => alike(field, key)).map((field) => `${field}${unitHint([field])}`)
  return {
    path: [...path, key],
    key: dotted([...path, key]),
    seen: 'a key that does not exist',
    allowed: near.length > 0 ? `did you mean ${near.join(' or ')}?` : known.join(', '),
  }
}

/** The unit that the key's name ends in, spelled out: most wrong numbers are right numbers in another unit. */
const unitHint = (path: readonly PropertyKey[]): string => {
  const units: Readonly<Record<string, string>> = {
    Us: 'microseconds',
    Ms: 'milliseconds',
    S: 'seconds',
    Days: 'days',
    MiB: 'MiB',
    C: 'degrees Celsius',
  }
  const suffix = /(Us|Ms|S|Days|MiB|C)$/.exec(String(path.at(-1) ?? ''))?.[1]
  return suffix === undefined ? '' : ` in ${units[suffix]}`
}

/** Same letters but for case and unit, or at most two edits apart. */
const alike = (one: string, other: string): boolean => {
  const bare = (key: string) => key.replace(/(Us|Ms|S|Seconds|Minutes|Days|MiB|C)$/, '').toLowerCase()
  return bare(one) === bare(other) || edits(one.toLowerCase(), other.toLowerCase()) <= 2
}

/** Levenshtein distance (Levenshtein 1966), one row at a time. */
const edits = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, j) => j)
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1]
    for (const [j, wanted] of [...other].entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === wanted ? 0 : 1)))
    row = next
  }
  return row.at(-1) ?? 0
}

const dotted = (path: readonly PropertyKey[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`)).join('') || 'the file'

const article = (type: string): string =>
  ({
    int: 'a whole number',
    number: 'a number',
    string: 'text',
    array: 'a list',
    object: 'keys with values',
    boolean: 'true or false',
    null: 'null',
    record: 'names with values',
  })[type] ?? type

/** A value shortened for a message; a secret can stand only in a url (before the host or in a query), and there the schema refuses it. */
const quoted = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
    .replace(/\/\/[^/@\s]*:[^/@\s]*@/g, '//***@')
    .replace(/(:\/\/[^"?\s]*\?)[^"\s]*/g, '$1***')
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

const valueAt = (content: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), content)
