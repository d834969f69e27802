import type { z } from 'zod'
import { Failure } from '../failures.js'

const CURE = 'fetch or copy the bundle again; if it was changed by hand, train or publish it anew'

/** A bundle that cannot be one. */
export const refuse = (where: string, seen: string, allowed: string): Failure => new Failure('BUNDLE_INVALID', { where, seen, allowed, cure: CURE })

/** @throws Failure BUNDLE_INVALID for what is no JSON in UTF-8 */
export const parsed = (bytes: Uint8Array, where: string): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    throw refuse(where, error instanceof Error ? error.message : String(error), 'JSON in UTF-8')
  }
}

/**
 * @param at where in the document the value stands, as `cases.3`; left out: it is the whole
 * @throws Failure BUNDLE_INVALID naming the first place that is wrong
 */
export const validated = <T extends z.ZodType>(schema: T, value: unknown, where: string, at: readonly string[] = []): z.output<T> => {
  const outcome = schema.safeParse(value)
  if (outcome.success) return outcome.data
  const [first] = outcome.error.issues
  const path = [...at, ...(first?.path.map(String) ?? [])].join('.')
  throw refuse(path === '' ? where : `${where} ${path}`, first?.message ?? 'another shape', 'the manifest and golden spectra of format 1')
}
