import type { Disk } from '../../src/updates/contract.js'

/** One thing that was done to a disk. Reads are not recorded: they leave nothing behind. */
export type Operation =
  | { readonly kind: 'makeFolder' | 'sync' | 'syncFolder' | 'remove'; readonly path: string }
  | { readonly kind: 'write' | 'append'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly path: string; readonly length: number }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }

/**
 * What goes wrong at an operation: `ENOSPC` (half of it written) and `EIO` fail it; `kill` ends the process before it, `torn` in the middle of it:
 * nothing that comes afterwards, reads included, is answered but with `Killed`; `skip` says that it was done and does nothing.
 */
export type Fault = 'ENOSPC' | 'EIO' | 'kill' | 'torn' | 'skip'

export interface RecordingDisk extends Disk {
  /** Those that were done, whole or in part, in order. */
  readonly operations: readonly Operation[]
  readonly killed: boolean
}

/** What a process that was killed would never have seen. */
export class Killed extends Error {}

/**
 * Hands everything on to `inner` (memoryDisk, or the real one) and records it.
 * @param fault asked before each operation; `step` counts them from 0
 */
export const recordingDisk = (inner: Disk, fault: (operation: Operation, step: number) => Fault | undefined = () => undefined): RecordingDisk => {
  const operations: Operation[] = []
  let step = 0
  let killed = false
  const die = (): never => {
    killed = true
    throw new Killed('the process was killed')
  }
  const alive = () => killed && die()
  const perform = async (operation: Operation): Promise<void> => {
    alive()
    const wrong = fault(operation, step++)
    if (wrong === 'kill') die()
    if (wrong === 'skip') return
    if (wrong === 'EIO') throw failed('EIO', operation)
    const part = wrong ? half(operation) : operation
    if (part) {
      await carryOut(inner, part)
      operations.push(part)
    }
    if (wrong === 'torn') die()
    if (wrong) throw failed(wrong, operation)
  }
  const reading = async <T>(read: () => Promise<T>): Promise<T> => {
    alive()
    const value = await read()
    alive()
    return value
  }
  return {
    operations,
    get killed() {
      return killed
    },
    read: (path) => reading(() => inner.read(path)),
    size: (path) => reading(() => inner.size(path)),
    list: (folder) => reading(() => inner.list(folder)),
    makeFolder: (path) => perform({ kind: 'makeFolder', path }),
    write: (path, bytes) => perform({ kind: 'write', path, bytes: Uint8Array.from(bytes) }),
    append: (path, bytes) => perform({ kind: 'append', path, bytes: Uint8Array.from(bytes) }),
    truncate: (path, length) => perform({ kind: 'truncate', path, length }),
    sync: (path) => perform({ kind: 'sync', path }),
    syncFolder: (path) => perform({ kind: 'syncFolder', path }),
    rename: (path, to) => perform({ kind: 'rename', path, to }),
    remove: (path) => perform({ kind: 'remove', path }),
  }
}

const failed = (code: string, { kind, path }: Operation): Error => Object.assign(new Error(`${code}: ${kind} '${path}'`), { code })

/** What of an operation can be done by halves; null: it is done whole or not at all. */
const half = (operation: Operation): Operation | null =>
  operation.kind === 'write' || operation.kind === 'append' ? { ...operation, bytes: operation.bytes.slice(0, operation.bytes.length >> 1) } : null

const carryOut = (disk: Disk, operation: Operation): Promise<void> => {
  if (operation.kind === 'write' || operation.kind === 'append') return disk[operation.kind](operation.path, operation.bytes)
  if (operation.kind === 'truncate') return disk.truncate(operation.path, operation.length)
  if (operation.kind === 'rename') return disk.rename(operation.path, operation.to)
  return disk[operation.kind](operation.path)
}
