import type { Key, Targets } from '@tufjs/models'
import { Targets as TargetsContent } from '@tufjs/models'
import { Failure } from '../failures.js'
import { carryOut, type Outcome } from './change.js'
import { MAX_KEYS, type RoleKeys } from './create.js'
import type { Write } from './files.js'
import { lineName, linePattern } from './layout.js'
import { delegationsWith, expiry, renewed, SPEC } from './metadata.js'
import { openRepository, type Workplace } from './open.js'

/** Lines of a repository at most: each is a file that every agent asks for, and agents refuse a list with more. */
export const MAX_LINES = 32

/**
 * Gives a product line keys of its own, which can sign for `<line>/*` and nothing else. What `targets` lists of the line moves to the new role,
 * so that a line is signed for in one place. Needs the keys of `targets` and those of the line.
 * @throws Failure USAGE, REQUEST_INVALID (has keys already), KEY_MISSING, KEY_LOCKED, FILE_FAILED
 */
export const delegate = async (
  place: Workplace,
  name: string,
  { keys, threshold }: RoleKeys,
  first: readonly Write[] = [],
): Promise<Outcome & { readonly moved: readonly string[] }> => {
  const line = lineName(name)
  const repository = await openRepository(place)
  if (repository.lines.has(line))
    throw new Failure('REQUEST_INVALID', { where: `line ${line}`, seen: 'keys of its own already', cure: `to change them: repo rotate DIR ${line}` })
  if (repository.lines.size >= MAX_LINES)
    throw new Failure('REQUEST_INVALID', {
      where: `line ${line}`,
      seen: `${MAX_LINES} lines`,
      allowed: `at most ${MAX_LINES}`,
      cure: 'put it into a line that is there',
    })
  if (threshold < 1 || threshold > keys.length || keys.length > MAX_KEYS)
    throw new Failure('USAGE', {
      where: line,
      seen: `${keys.length} keys of which ${threshold} must sign`,
      allowed: `1 to ${MAX_KEYS} keys, of which 1 up to all`,
    })
  const old = repository.targets.metadata.signed
  const [moved, staying] = divided(old, line)
  const expires = expiry(place.nowMs, repository.settings.days.targets)
  const delegations = delegationsWith(
    old.delegations,
    line,
    { keyIDs: keys.map(({ keyID }) => keyID), threshold, paths: [linePattern(line)] },
    Object.fromEntries(keys.map((key: Key) => [key.keyID, key])),
  )
  const outcome = await carryOut(place, repository, {
    targets: renewed.targets(old, repository.nextVersion('targets'), expires, { targets: staying, delegations }),
    lines: new Map([[line, new TargetsContent({ version: repository.nextVersion(line), specVersion: SPEC, expires, targets: moved })]]),
    first,
    renew: 'snapshot',
    patient: true,
  })
  return { ...outcome, moved: Object.keys(moved) }
}

const divided = ({ targets }: Targets, line: string): readonly [Targets['targets'], Targets['targets']] => {
  const entries = Object.entries(targets)
  const ofLine = ([path]: readonly [string, unknown]) => path.startsWith(`${line}/`)
  return [Object.fromEntries(entries.filter(ofLine)), Object.fromEntries(entries.filter((entry) => !ofLine(entry)))]
}
