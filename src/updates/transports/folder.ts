import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../failures.js'
import type { Transport } from '../contract.js'

/** Bytes that are read at once. */
const CHUNK_BYTES = 64 * 1024
/** A link on a medium from elsewhere may lead anywhere, and a pipe would be waited for without end. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** A published repository in a folder: on a USB stick, or on a share. It may come and go. */
export const folderTransport = (root: string): Transport => ({
  where: root,
  async *fetch(path, offset, signal) {
    const file = await opened(root, path)
    try {
      for (let at = offset; ; ) {
        if (signal.aborted) throw new Failure('ABORTED', { where: root })
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at).catch((cause: unknown) => {
          throw unreadable(root, path, cause)
        })
        if (bytesRead === 0) return
        yield buffer.subarray(0, bytesRead)
        at += bytesRead
      }
    } finally {
      await file.close()
    }
  },
})

const opened = async (root: string, path: string): Promise<FileHandle> => {
  let file: FileHandle | null = null
  try {
    file = await open(join(root, path), FLAGS)
    if ((await file.stat()).isFile()) return file
    throw new Failure('NOT_FOUND', { where: `${root}: ${path}`, seen: 'no regular file', allowed: 'a folder that "repo publish" made' })
  } catch (cause) {
    await file?.close()
    if (cause instanceof Failure) throw cause
    const code = codeOf(cause)
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ELOOP') throw unreadable(root, path, cause)
    // A stick that is not plugged in is not a repository without newer metadata.
    if (!(await isFolder(root))) throw unreadable(root, path, cause)
    throw new Failure('NOT_FOUND', { where: `${root}: ${path}`, seen: code === 'ELOOP' ? 'a link' : 'no such file', cause })
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (about) => about.isDirectory(),
    () => false,
  )

const unreadable = (root: string, path: string, cause: unknown): Failure =>
  new Failure('NETWORK_FAILED', {
    where: `${root}: ${path}`,
    seen: cause instanceof Error ? cause.message : String(cause),
    allowed: 'a folder that can be read',
    cure: 'plug the medium in, mount it, and let the agent read it',
    cause,
  })

const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined)
