import { Failure } from '../failures.js'
import { listing } from './add.js'
import { carryOut, type Outcome } from './change.js'
import { expiry, renewed } from './metadata.js'
import { openRepository, type Workplace } from './open.js'

/**
 * Takes a bundle off the list: no agent installs it from then on. Agents that run it go on until they are told otherwise.
 * @param target its path, or the beginning of its SHA-256 of at least eight digits
 * @throws Failure USAGE (not listed), KEY_MISSING, KEY_LOCKED, FILE_FAILED
 */
export const withdraw = async (place: Workplace, target: string): Promise<Outcome & { readonly path: string; readonly role: string }> => {
  const repository = await openRepository(place)
  const all = ['targets', ...repository.lines.keys()].flatMap((role) =>
    Object.keys(listing(repository, role).targets).map((path) => ({ role, path })),
  )
  const [found, ...others] = all.filter(({ path }) => path === target || (target.length >= 8 && path.split('/')[2]?.startsWith(target)))
  if (found === undefined || others.length > 0)
    throw new Failure('USAGE', {
      where: 'target',
      seen: `"${target}", ${found ? 'which is several' : 'which is not listed'}`,
      allowed: all.map(({ path }) => path).join(', ') || 'nothing is listed',
    })
  const { role, path } = found
  const old = listing(repository, role)
  const targets = Object.fromEntries(Object.entries(old.targets).filter(([other]) => other !== path))
  const next = renewed.targets(old, repository.nextVersion(role), expiry(place.nowMs, repository.settings.days.targets), { targets })
  const outcome = await carryOut(place, repository, {
    ...(role === 'targets' ? { targets: next } : { lines: new Map([[role, next]]) }),
    renew: 'snapshot',
    patient: true,
  })
  return { ...outcome, path, role }
}
