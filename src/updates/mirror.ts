import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { Failure, isFailure } from '../failures.js'
import { MAX_BUNDLE_BYTES } from '../models/bundle-size.js'
import type { Clock } from '../spectrum/clock.js'
import type { Disk, Target, Transport } from './contract.js'
import { isDiskFull, makeDurableFolder } from './disk.js'
import { inTime } from './in-time.js'
import { createInTurn, type InTurn } from './in-turn.js'
import { MAX_METADATA_BYTES, MAX_MIRRORED } from './limits.js'
import { publishedPath, targetPath } from './paths.js'

/** The local copy of what was fetched: transports fill it, only it is read. What lies in it is worth nothing until it is verified. */
export interface Mirror {
  /**
   * Fetches one metadata file anew.
   * @param name as `timestamp.json` or `3.root.json`
   * @returns null where the repository has no such file
   * @throws Failure TRUST_LENGTH for one byte more than `limit` (and never more than 1 MiB), NETWORK_FAILED, STORE_FAILED, ABORTED
   */
  metadata(name: string, limit: number, signal: AbortSignal): Promise<Uint8Array | null>
  /** Forgets all metadata files: each refresh fetches its own. */
  clearMetadata(): Promise<void>
  /**
   * The path of the whole file, of the signed length and hash and synced to the disk. Goes on where an earlier attempt was cut off, also in
   * another process.
   * @throws Failure TRUST_PATH, TRUST_LENGTH, TRUST_HASH, NOT_FOUND, NETWORK_FAILED, STORE_FAILED, ABORTED, BUNDLE_INVALID (too large to be one)
   */
  target(target: Target, options: { readonly signal: AbortSignal; readonly progress?: (bytes: number, of: number) => void }): Promise<string>
}

/** Bytes after which what has come is synced: what a power cut may cost of a transfer. */
const SYNC_BYTES = 1024 * 1024
/** Bytes of a transfer that are given back where the disk is full: results of this agent have to be committed to the same one. */
export const GIVEN_BACK_BYTES = 1024 * 1024
/** The beginning of a bundle. */
const PART = '.part'

export const openMirror = ({
  disk,
  folder,
  transport,
  clock,
}: {
  readonly disk: Disk
  readonly folder: string
  readonly transport: Transport
  readonly clock: Clock
}): Mirror => {
  /** Two slots may want the same bundle: the second waits and finds it. By path, for as long as somebody wants it. */
  const wanted = new Map<string, { readonly inTurn: InTurn; by: number }>()
  const recent: string[] = []

  const fetchTarget: Mirror['target'] = async (target, { signal, progress = () => {} }) => {
    const parts = targetPath(target.path, transport.where)
    const path = publishedPath(parts)
    const whole = join(folder, path)
    if (target.bytes > MAX_BUNDLE_BYTES)
      throw new Failure('BUNDLE_INVALID', { where: target.path, seen: `${target.bytes} bytes`, allowed: `at most ${MAX_BUNDLE_BYTES} bytes` })
    await makeRoom(disk, folder, recent, whole)
    if (await isWhole(disk, whole, target)) {
      progress(target.bytes, target.bytes)
      return whole
    }
    await makeDurableFolder(disk, folder, dirname(whole))
    const part = `${whole}${PART}`
    const begun = (await disk.size(part)) ?? 0
    try {
      await fill({ disk, transport, path, part, target, signal, progress })
    } catch (error) {
      // What an earlier attempt left may be of other bytes, or torn by a power cut: once, everything is fetched anew.
      if (begun === 0 || !isFailure(error, 'TRUST_HASH', 'TRUST_LENGTH')) throw error
      await fill({ disk, transport, path, part, target, signal, progress })
    }
    await disk.rename(part, whole)
    await disk.syncFolder(dirname(whole))
    return whole
  }

  return {
    async metadata(name, limit, signal) {
      const most = Math.min(limit, MAX_METADATA_BYTES)
      const path = join(folder, 'metadata', name)
      try {
        const bytes = await inTime(clock, signal, transport.where, (inner) => collected(transport, `metadata/${name}`, most, inner))
        await disk.makeFolder(dirname(path))
        await disk.write(path, bytes)
      } catch (error) {
        if (isFailure(error, 'NOT_FOUND')) return null
        throw error
      }
      return disk.read(path)
    },
    clearMetadata: () => disk.remove(join(folder, 'metadata')),
    async target(target, options) {
      const own = wanted.get(target.path) ?? { inTurn: createInTurn(target.path), by: 0 }
      wanted.set(target.path, own)
      own.by++
      try {
        return await own.inTurn(options.signal, () => fetchTarget(target, options))
      } finally {
        own.by--
        if (own.by === 0) wanted.delete(target.path)
      }
    },
  }
}

interface Filling {
  readonly disk: Disk
  readonly transport: Transport
  readonly path: string
  readonly part: string
  readonly target: Target
  readonly signal: AbortSignal
  readonly progress: (bytes: number, of: number) => void
}

/** Brings `part` to its signed length and hash. A part that turns out to be wrong is removed. */
const fill = async ({ disk, transport, path, part, target, signal, progress }: Filling): Promise<void> => {
  const where = `${transport.where}: ${path}`
  let have = (await disk.size(part)) ?? 0
  let unsynced = 0
  if (have === 0) await disk.write(part, new Uint8Array())
  try {
    progress(have, target.bytes)
    // At the full length nothing is left to ask for; there was no time to look at it before the process ended.
    if (have < target.bytes)
      for await (const chunk of transport.fetch(path, have, signal)) {
        if (have + chunk.length > target.bytes) throw tooLong(where, have + chunk.length, target.bytes)
        await disk.append(part, chunk)
        have += chunk.length
        unsynced += chunk.length
        if (unsynced >= SYNC_BYTES) {
          await disk.sync(part)
          unsynced = 0
        }
        progress(have, target.bytes)
        if (signal.aborted) throw new Failure('ABORTED', { where })
      }
    if (have < target.bytes) throw new Failure('NETWORK_FAILED', { where, seen: `the end after ${have} bytes`, allowed: `${target.bytes} bytes` })
    await disk.sync(part)
    if (!(await isWhole(disk, part, target))) throw otherBytes(where, have, target)
  } catch (error) {
    if (isFailure(error, 'TRUST_HASH', 'TRUST_LENGTH')) await disk.remove(part)
    // What hinders it says nothing new.
    else if (isDiskFull(error)) await disk.truncate(part, Math.max(0, have - GIVEN_BACK_BYTES)).catch(() => {})
    throw error
  }
}

const isWhole = async (disk: Disk, path: string, { bytes, sha256 }: Target): Promise<boolean> => {
  // The size first: a file that is too long is not read into memory.
  if ((await disk.size(path)) !== bytes) return false
  const content = await disk.read(path)
  return content !== null && createHash('sha256').update(content).digest('hex') === sha256
}

const collected = async (transport: Transport, path: string, limit: number, signal: AbortSignal): Promise<Uint8Array> => {
  const where = `${transport.where}: ${path}`
  const chunks: Uint8Array[] = []
  let have = 0
  for await (const chunk of transport.fetch(path, 0, signal)) {
    have += chunk.length
    if (have > limit) throw tooLong(where, have, limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Keeps what is wanted now and was wanted last; the rest of the bundles is removed. */
const makeRoom = async (disk: Disk, folder: string, recent: string[], wanted: string): Promise<void> => {
  recent.splice(0, recent.length, ...[wanted, ...recent.filter((path) => path !== wanted)].slice(0, MAX_MIRRORED))
  const all: string[] = []
  const base = join(folder, 'targets')
  for (const line of await disk.list(base))
    for (const id of await disk.list(join(base, line))) for (const file of await disk.list(join(base, line, id))) all.push(join(base, line, id, file))
  const strangers = all.filter((path) => !recent.includes(path) && !recent.includes(path.slice(0, -PART.length)))
  for (const path of strangers.slice(0, Math.max(0, all.length + 1 - MAX_MIRRORED))) await disk.remove(path)
}

const tooLong = (where: string, seen: number, allowed: number): Failure =>
  new Failure('TRUST_LENGTH', {
    where,
    seen: `${seen} bytes or more`,
    allowed: `${allowed} bytes`,
    cure: 'publish anew; if that does not help somebody else serves this file',
  })

const otherBytes = (where: string, bytes: number, { sha256 }: Target): Failure =>
  new Failure('TRUST_HASH', {
    where,
    seen: `${bytes} bytes of another SHA-256`,
    allowed: `SHA-256 ${sha256}`,
    cure: 'publish anew; if that does not help somebody else serves this file',
  })
