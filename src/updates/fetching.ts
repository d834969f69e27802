import { Failure, isFailure } from '../failures.js'
import type { Listing, Target } from './contract.js'
import { mayInstall, type Refusal } from './rollout.js'
import type { Trust } from './trust.js'
import type { UpdatesOptions } from './updates-contract.js'
import type { Fetch } from './work.js'

/**
 * Bytes that a transfer must have brought before it was cut off to be gone on with at once: over a link that drops again and again a bundle still comes
 * in minutes, and a server that hands out crumbs keeps nobody busy.
 */
export const GO_ON_BYTES = 16_384
/** Milliseconds until then. */
export const GO_ON_MS = 1000

export interface FetchOptions extends Pick<UpdatesOptions, 'agent' | 'groups' | 'version' | 'clock'> {
  readonly trust: Pick<Trust, 'listing' | 'refresh' | 'fetchTarget'>
  /** The repository was asked, for want of a list that still holds. */
  readonly refreshed: (listing: Listing) => void
}

/**
 * Asks once more whether it may be installed, as an install may go on days after it was ordered, and in another process.
 * @throws from what it gives: TRUST_EXPIRED, BUNDLE_UNFIT (agent too old), REQUEST_INVALID (not listed any more), what `Trust` throws
 */
export const createFetch = (options: FetchOptions): Fetch => {
  const { trust, clock } = options
  return async (target, { signal, progress }) => {
    await stillOffered(target, options, signal)
    for (;;) {
      let begun: number | null = null
      let have = 0
      const seen = (bytes: number): void => {
        begun ??= bytes
        have = bytes
        progress(bytes)
      }
      try {
        return await trust.fetchTarget(target, { signal, progress: seen })
      } catch (error) {
        if (!isFailure(error, 'NETWORK_FAILED') || have - (begun ?? have) < GO_ON_BYTES) throw error
        await clock.sleep(GO_ON_MS, signal)
      }
    }
  }
}

const stillOffered = async (
  target: Target,
  { trust, agent, groups, version, clock, refreshed }: FetchOptions,
  signal: AbortSignal,
): Promise<void> => {
  // Groups and rollout were asked for when it was ordered.
  const order = { model: `${target.line}/${target.id}`, sha256: target.sha256 }
  const own = { agent, groups, agentVersion: version, denied: [], override: null, under: '', order }
  const refusalBy = (listing: Listing) => mayInstall(target, { ...own, listing }, clock.wallMs())
  if (trust.listing !== null && refusalBy(trust.listing) === null) return
  const listing = await trust.refresh(signal)
  refreshed(listing)
  const refusal = refusalBy(listing)
  if (refusal !== null) throw new Failure(codeOf(refusal), { where: target.path, seen: refusal.text })
}

const codeOf = ({ why }: Refusal) => (why === 'expired' ? 'TRUST_EXPIRED' : why === 'agent-too-old' ? 'BUNDLE_UNFIT' : 'REQUEST_INVALID')
