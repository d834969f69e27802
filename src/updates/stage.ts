import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { Failure } from '../failures.js'
import type { Disk, Target } from './contract.js'
import { put } from './disk.js'
import type { Side } from './machine.js'
import { sidePath } from './slot.js'

/**
 * Copies a bundle from the mirror onto a side, which the record says is empty. Hashed once more: what was verified is what is copied.
 * @throws Failure TRUST_HASH for other bytes than were signed for, NOT_FOUND where the mirror has lost them, STORE_FAILED.
 */
export const stage = async (disk: Disk, folder: string, side: Side, from: string, target: Target): Promise<void> => {
  const bytes = await disk.read(from)
  if (bytes === null) throw new Failure('NOT_FOUND', { where: from })
  const seen = createHash('sha256').update(bytes).digest('hex')
  if (seen !== target.sha256 || bytes.length !== target.bytes)
    throw new Failure('TRUST_HASH', { where: from, seen: `${bytes.length} bytes of ${seen}`, allowed: `${target.bytes} bytes of ${target.sha256}` })
  const path = sidePath(folder, side)
  if ((await disk.list(dirname(path))).length === 0) {
    await disk.makeFolder(dirname(path))
    await disk.syncFolder(folder)
  }
  await put(disk, path, bytes)
}
