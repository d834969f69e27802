import { join } from 'node:path'
import { TargetFile, type Targets } from '@tufjs/models'
import { z } from 'zod'
import { Failure } from '../failures.js'
import { readBundle } from '../models/bundle.js'
import { carryOut, type Outcome } from './change.js'
import { type Custom, customSchema } from './custom.js'
import { BUNDLES, lineName, targetPath } from './layout.js'
import { expiry, renewed } from './metadata.js'
import { openRepository, type Repository, type Workplace } from './open.js'

/** A bundle to be offered to agents. */
export interface Offer {
  readonly bundle: Uint8Array
  /** For messages: its file. */
  readonly where: string
  readonly line: string
  /** Share of the agents that take it by themselves. */
  readonly percent: number
  /** Makes other agents go first than with another bundle. A bundle that is listed keeps its own: who has it stays among those who should. */
  readonly salt: string
  /** Empty: all. */
  readonly groups: readonly string[]
}

export interface Added extends Outcome {
  readonly path: string
  readonly custom: Custom
  /** The role that signed. */
  readonly role: string
}

/** Targets that one role lists at most: keeps its metadata far below the 1 MiB that agents accept. */
export const MAX_TARGETS = 1024

/**
 * Lists a bundle, signed by its line's role, or by `targets` for a line without keys of its own. Listed already, it gets the new rollout and
 * groups, and a new `seq`: it is the newest again.
 * @throws Failure BUNDLE_INVALID, REQUEST_INVALID (another bundle of this id and version, too many), USAGE, KEY_MISSING, KEY_LOCKED, FILE_FAILED
 */
export const addTarget = async (place: Workplace, offer: Offer): Promise<Added> => {
  const line = lineName(offer.line)
  const { sha256, manifest } = readBundle(offer.bundle, offer.where)
  const repository = await openRepository(place)
  const role = repository.lines.has(line) ? line : 'targets'
  const old = listing(repository, role)
  const path = targetPath(line, manifest.id, sha256)
  refuseNamesake(old, path, manifest.version)
  if (Object.keys(old.targets).length >= MAX_TARGETS && old.targets[path] === undefined)
    throw new Failure('REQUEST_INVALID', {
      where: `role ${role}`,
      seen: `${MAX_TARGETS} bundles`,
      allowed: `at most ${MAX_TARGETS}`,
      cure: 'withdraw old ones with: repo revoke DIR TARGET',
    })
  const seq = nextSeq(repository)
  const custom = checked({
    seq,
    id: manifest.id,
    version: manifest.version,
    rollout: { percent: offer.percent, salt: customOf(old, path)?.rollout.salt ?? offer.salt },
    groups: [...new Set(offer.groups)],
    ...(manifest.minAgent === undefined ? {} : { minAgent: manifest.minAgent }),
  })
  const target = new TargetFile({ path, length: offer.bundle.length, hashes: { sha256 }, unrecognizedFields: { custom: z.json().parse(custom) } })
  const next = renewed.targets(old, repository.nextVersion(role), expiry(place.nowMs, repository.settings.days.targets), {
    targets: { ...old.targets, [path]: target },
  })
  const outcome = await carryOut(place, repository, {
    ...(role === 'targets' ? { targets: next } : { lines: new Map([[role, next]]) }),
    first: [{ path: join(place.directory, BUNDLES, path), bytes: offer.bundle }],
    nextSeq: seq + 1,
    renew: 'snapshot',
    patient: true,
  })
  return { ...outcome, path, custom, role }
}

/** What a role lists now. */
export const listing = ({ targets, lines }: Repository, role: string): Targets =>
  (role === 'targets' ? targets : (lines.get(role) ?? targets)).metadata.signed

/** What a listed bundle says about itself; null where it is not listed, or was written by another program. */
export const customOf = (targets: Targets, path: string): Custom | null => customSchema.safeParse(targets.targets[path]?.custom).data ?? null

/** Never one that was given before, also where `repository.json` is older than the metadata. */
const nextSeq = ({ settings, targets, lines }: Repository): number =>
  Math.max(
    settings.nextSeq,
    ...[targets, ...lines.values()].flatMap(({ metadata: { signed } }) =>
      Object.keys(signed.targets).map((path) => (customOf(signed, path)?.seq ?? 0) + 1),
    ),
  )

const checked = (custom: Custom): Custom => {
  const { error } = customSchema.safeParse(custom)
  const issue = error?.issues[0]
  if (issue) throw new Failure('USAGE', { where: issue.path.join('.'), seen: JSON.stringify(custom), allowed: issue.message })
  return custom
}

/** An order names a bundle by id and version: two of the same name could not be told apart. */
const refuseNamesake = (targets: Targets, path: string, version: string): void => {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const namesake = Object.keys(targets.targets).find(
    (other) => other !== path && other.startsWith(folder) && customOf(targets, other)?.version === version,
  )
  if (namesake === undefined) return
  throw new Failure('REQUEST_INVALID', {
    where: path,
    seen: `another bundle with version ${version}: ${namesake}`,
    allowed: 'a version of its own for each bundle of an id',
    cure: `train it with a higher version, or first withdraw the other: repo revoke DIR ${namesake}`,
  })
}
