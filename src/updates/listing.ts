import type { TargetFile, Targets } from '@tufjs/models'
import { z } from 'zod'
import { asFailure, Failure } from '../failures.js'
import type { Listing, Target } from './contract.js'
import { MAX_TARGETS } from './limits.js'
import { targetPath } from './paths.js'
import type { Verified } from './tuf-client.js'

/** What `repo add` signs about a bundle. What later versions say beside it is passed over. */
const customSchema = z.object({
  seq: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  id: z.string(),
  version: z.string().regex(/^\d{1,9}\.\d{1,9}\.\d{1,9}$/, 'a version like 1.0.0'),
  rollout: z.object({ percent: z.number().min(0).max(100), salt: z.string().min(1).max(64) }),
  groups: z.array(z.string().regex(/^[a-z0-9-]{1,64}$/)).max(256),
  minAgent: z
    .string()
    .regex(/^\d{1,9}\.\d{1,9}\.\d{1,9}$/, 'a version like 1.0.0')
    .optional(),
})

/**
 * Everything that may be installed, from metadata that tuf-js has verified. A line whose list holds what it must not is left out as a whole.
 * @param nowMs what has expired by then is refused, also where tuf-js looked at another clock
 * @throws Failure TRUST_EXPIRED, TRUST_PATH, TRUST_HASH, REPOSITORY_INVALID
 */
export const listingOf = async (verified: Verified, nowMs: number, where: string): Promise<Listing> => {
  const { root, timestamp, snapshot, targets, lines } = verified
  const top = { root, timestamp, snapshot, targets }
  const expiries = Object.entries(top).map(([role, { expires }]) => fresh(role, expires, nowMs, where))
  const found = new Map((await listed(verified, 'targets', targets, where)).map((target) => [target.path, target]))
  const refused: { readonly line: string; readonly failure: Failure }[] = []
  for (const [line, list] of lines) {
    try {
      if (list instanceof Failure) throw list
      expiries.push(fresh(line, list.expires, nowMs, where))
      for (const target of await listed(verified, line, list, where)) found.set(target.path, target)
    } catch (error) {
      refused.push({ line, failure: asFailure(error, 'REPOSITORY_INVALID', where) })
    }
  }
  return {
    targets: [...found.values()],
    expiresMs: Math.min(...expiries),
    versions: { root: root.version, timestamp: timestamp.version, snapshot: snapshot.version, targets: targets.version },
    refused,
  }
}

const fresh = (role: string, expires: string, nowMs: number, where: string): number => {
  const ms = Date.parse(expires)
  if (ms > nowMs) return ms
  throw new Failure('TRUST_EXPIRED', {
    where: `${where}: ${role}.json`,
    seen: `valid until ${expires}`,
    allowed: `later than ${new Date(nowMs).toISOString()}`,
    cure: 'whoever publishes the models runs "repo refresh" and "repo publish"; check the clock of this machine too',
  })
}

const listed = async (verified: Verified, role: string, list: Targets, where: string): Promise<readonly Target[]> => {
  const entries = Object.entries(list.targets)
  if (entries.length > MAX_TARGETS)
    throw new Failure('REPOSITORY_INVALID', { where: `${where}: ${role}.json`, seen: `${entries.length} bundles`, allowed: `${MAX_TARGETS}` })
  const targets: Target[] = []
  for (const [path, file] of entries) {
    const target = checked(path, file, `${where}: ${role}.json`)
    // Who may speak for a path is decided by tuf-js. A role that lists what is another's gets no further than this.
    if ((await verified.resolve(path))?.equals(file) !== true) throw outsideItsLine(path, role, where)
    targets.push(target)
  }
  return targets
}

const checked = (path: string, file: TargetFile, where: string): Target => {
  const { line, id, sha256 } = targetPath(path, where)
  if (file.hashes['sha256'] !== sha256)
    throw new Failure('TRUST_HASH', {
      where: `${where}: ${path}`,
      seen: `signed for ${file.hashes['sha256'] ?? 'no SHA-256'}`,
      allowed: 'the hash in its name',
    })
  const { data: custom, error } = customSchema.safeParse(file.custom)
  if (custom === undefined || custom.id !== id || !Number.isSafeInteger(file.length))
    throw new Failure('REPOSITORY_INVALID', {
      where: `${where}: ${path}`,
      seen: error?.issues[0] ? `${error.issues[0].path.join('.')}: ${error.issues[0].message}` : `id ${custom?.id}, ${file.length} bytes`,
      allowed: 'what "repo add" writes',
    })
  const { seq, version, rollout, groups, minAgent } = custom
  return { path, line, id, version, sha256, bytes: file.length, seq, rollout, groups, ...(minAgent === undefined ? {} : { minAgent }) }
}

const outsideItsLine = (path: string, role: string, where: string): Failure =>
  new Failure('TRUST_PATH', {
    where: `${where}: ${role}.json`,
    seen: path,
    allowed: role === 'targets' ? 'bundles that no line answers for' : `bundles of the line ${role}`,
    cure: `tell whoever publishes the models: somebody signs with the key of ${role} for what is not theirs`,
  })
