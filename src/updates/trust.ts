import { join } from 'node:path'
import type { Clock } from '../spectrum/clock.js'
import { openClockFloor } from './clock-floor.js'
import type { Disk, Listing, Target, Transport } from './contract.js'
import { makeDurableFolder } from './disk.js'
import { createInTurn } from './in-turn.js'
import { listingOf } from './listing.js'
import { type MetadataFiles, openMetadataFolder } from './metadata-folder.js'
import { openMirror } from './mirror.js'
import { refreshMetadata } from './tuf-client.js'

export interface TrustOptions {
  readonly disk: Disk
  /** State folder of the agent: holds `tuf/` and `mirror/`. */
  readonly state: string
  /** The root that trust begins with: shipped, or configured by who owns the agent. Another one than before begins anew. */
  readonly seedRoot: Uint8Array
  readonly transport: Transport
  /** tuf-js looks at the clock of the machine by itself; this one must be the same, or stricter. */
  readonly clock: Clock
  /** A time before which this program was not there (epoch milliseconds): the first clock floor. */
  readonly builtMs: number
  /** A real folder for tuf-js to work in; nothing in it outlasts a refresh. By default in the state folder. */
  readonly scratch?: string
}

/** What may be installed, and its bytes. One for each agent. */
export interface Trust {
  /** What the last refresh of this process found; null before the first. Whether it has expired since is for the caller to see. */
  readonly listing: Listing | null
  /** What could not be used of the stored metadata at the last refresh, for an event; null: nothing. */
  readonly damaged: string | null
  /**
   * Fetches and verifies the metadata. One at a time: a second call waits for the first and then does its own.
   * @throws Failure CLOCK_UNTRUSTED, TRUST_ROLLBACK, TRUST_EXPIRED, TRUST_MIXED, TRUST_THRESHOLD, TRUST_LENGTH, TRUST_HASH, TRUST_PATH, NOT_FOUND,
   * NETWORK_FAILED, REPOSITORY_INVALID, STORE_FAILED, ABORTED. What ran before goes on running; `listing` stays.
   */
  refresh(signal: AbortSignal): Promise<Listing>
  /**
   * The path of a bundle in the mirror: whole, verified, synced. Resumes what was begun, over restarts too.
   * @param target out of a listing
   * @throws Failure CLOCK_UNTRUSTED and what `Mirror.target` throws
   */
  fetchTarget(target: Target, options: { readonly signal: AbortSignal; readonly progress?: (bytes: number, of: number) => void }): Promise<string>
}

export const openTrust = async ({ disk, state, seedRoot, transport, clock, builtMs, scratch }: TrustOptions): Promise<Trust> => {
  const folder = join(state, 'tuf')
  const metadata = openMetadataFolder(disk, folder, seedRoot)
  const floor = await openClockFloor(disk, join(folder, 'clock-floor'), builtMs)
  const mirror = openMirror({ disk, folder: join(state, 'mirror'), transport, clock })
  let listing: Listing | null = null
  let damaged: string | null = null
  let folderMade = false
  const inTurn = createInTurn(transport.where)

  const refresh = async (signal: AbortSignal): Promise<Listing> => {
    const nowMs = clock.wallMs()
    floor.check(nowMs)
    // Not before: an agent whose disk is full answers all the same.
    if (!folderMade) await makeDurableFolder(disk, state, folder)
    folderMade = true
    const stored = await metadata.read()
    damaged = stored.damaged
    const verified = await refreshMetadata({
      files: stored.files,
      scratch: scratch ?? join(folder, 'scratch'),
      mirror,
      where: transport.where,
      signal,
      onRoot: (root) => metadata.replace(new Map([...stored.files, ['root', root]])),
    })
    const found = await listingOf(verified, nowMs, transport.where)
    if (stored.damaged !== null || !same(verified.files, stored.files)) await metadata.replace(verified.files)
    // They were valid at this time, so this time has come; a clock that runs ahead is believed for as long as they are valid, no longer.
    await floor.raise(nowMs)
    listing = found
    return found
  }

  return {
    get listing() {
      return listing
    },
    get damaged() {
      return damaged
    },
    refresh: (signal) => inTurn(signal, () => refresh(signal)),
    async fetchTarget(target, options) {
      floor.check(clock.wallMs())
      return mirror.target(target, options)
    },
  }
}

const same = (a: MetadataFiles, b: MetadataFiles): boolean =>
  a.size === b.size && [...a].every(([role, bytes]) => Buffer.compare(bytes, b.get(role) ?? new Uint8Array()) === 0)
