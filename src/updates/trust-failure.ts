import { DownloadHTTPError, PersistError } from 'tuf-js/dist/error.js'
import { z } from 'zod'
import { Failure, type FailureCode, isFailure } from '../failures.js'
import type { MirrorFetcher } from './mirror-fetcher.js'

/**
 * What tuf-js 5.0.1 throws, by what is wrong. It wraps most errors of the checks into others that hold the text of the first alone, so the text is
 * what there is to go by; the attack suite holds each line of this table.
 */
const causes: readonly (readonly [RegExp, FailureCode])[] = [
  [/is expired/, 'TRUST_EXPIRED'],
  [/was signed by \d+\/\d+ keys|multiple signatures found/, 'TRUST_THRESHOLD'],
  [/is less than current|Expected version \d+, got|Missing file .* in new snapshot/, 'TRUST_ROLLBACK'],
  [/doesn't match timestamp|does not match snapshot version|expected '\w+', got|Expected '\w+', got/, 'TRUST_MIXED'],
  [/Expected (?:length|hash)|Hash algorithm/, 'TRUST_HASH'],
  [/no such file: /, 'NOT_FOUND'],
  // Not even metadata: the page of a hotel's network, say.
  [/JSON|signatures is not an array|signed is not defined/, 'TRUST_THRESHOLD'],
]

const cures: Partial<Record<FailureCode, string>> = {
  TRUST_EXPIRED: 'whoever publishes the models runs "repo refresh" and "repo publish"; check the clock of this machine too',
  TRUST_ROLLBACK: 'publish from the newest copy of the repository; if that was done, somebody else serves old files',
  TRUST_MIXED: 'it is tried again; if it stays, publish anew',
  TRUST_THRESHOLD: 'sign anew with the keys that the role has now; if that was done, somebody else serves these files',
  TRUST_HASH: 'it is tried again; if it stays, publish anew',
  NOT_FOUND: 'check the address of the repository; it is the folder that "repo publish" made',
}

/** The failure behind an error of tuf-js. `fetcher` is the one that it worked with. */
export const trustFailure = (error: unknown, fetcher: Pick<MirrorFetcher, 'failure' | 'name' | 'bytes'>, where: string): Failure => {
  if (isFailure(error)) return error
  if (fetcher.failure !== null) return fetcher.failure
  const seen = (error instanceof Error ? error.message : String(error)).replace(/^Unable to load (?:\w+ )+error Error: /, '')
  const found = code(error, seen, fetcher)
  const cure = cures[found]
  return new Failure(found, { where: fetcher.name === '' ? where : `${where}: ${fetcher.name}`, seen, cause: error, ...(cure ? { cure } : {}) })
}

const code = (error: unknown, seen: string, fetcher: Pick<MirrorFetcher, 'name' | 'bytes'>): FailureCode => {
  if (error instanceof DownloadHTTPError) return 'NOT_FOUND'
  if (error instanceof PersistError || (error instanceof Error && 'syscall' in error)) return 'STORE_FAILED'
  const found = causes.find(([pattern]) => pattern.test(seen))?.[1] ?? 'REPOSITORY_INVALID'
  return found === 'TRUST_HASH' && isOfAnotherTime(fetcher) ? 'TRUST_MIXED' : found
}

/** Whether a file that has not the bytes that were signed for is another version: taken from the repository as it was at another time. */
const isOfAnotherTime = ({ name, bytes }: Pick<MirrorFetcher, 'name' | 'bytes'>): boolean => {
  try {
    const { data } = versioned.safeParse(JSON.parse(Buffer.from(bytes ?? new Uint8Array()).toString('utf8')))
    return data !== undefined && data.signed.version !== Number(/^\d+/.exec(name)?.[0])
  } catch {
    return false
  }
}

const versioned = z.object({ signed: z.object({ version: z.number() }) })
