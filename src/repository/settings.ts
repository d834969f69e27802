import { z } from 'zod'
import { Failure } from '../failures.js'

const days = (fallback: number) => z.number().int().min(1).max(3650).default(fallback)

/** What the metadata themselves do not say. Thresholds stand in the root, where they are signed. */
const schema = z.strictObject({
  format: z.literal(1),
  /** Days for which new metadata hold. Lines go by `targets`. */
  days: z.strictObject({ root: days(365), targets: days(180), snapshot: days(14), timestamp: days(7) }),
  /** Given to the next bundle that is added; a number that was given once is never given again. */
  nextSeq: z.number().int().min(1),
})
/** `repository.json` of a repository folder. */
export type Settings = z.output<typeof schema>
export type Days = Settings['days']

export const defaultDays: Days = { root: 365, targets: 180, snapshot: 14, timestamp: 7 }

export const settingsBytes = (settings: Settings): Uint8Array => Buffer.from(`${JSON.stringify(settings, null, 2)}\n`)

/** @throws Failure REPOSITORY_INVALID */
export const readSettings = (bytes: Uint8Array, where: string): Settings => {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    const seen = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
    throw new Failure('REPOSITORY_INVALID', {
      where,
      seen,
      allowed: 'format 1, days, nextSeq',
      cure: 'mend the file, or take it from a backup',
      cause,
    })
  }
}
