import { spawnSync } from 'node:child_process'
import { closeSync, openSync, read, writeSync } from 'node:fs'
import { answerTo, type Files } from './fuse-requests.js'

export interface Mounted {
  /** Tells the kernel to poll again. */
  wake(wakeKey: bigint): void
  unmount(): void
}

const NOTIFY_POLL = 1
const BUFFER_BYTES = 1 << 17

/** Serves `files` at `path`, spoken directly over /dev/fuse. Needs root; the mount ends with `unmount` or with this process. */
export const mountFuse = (path: string, files: Files): Mounted => {
  const device = openSync('/dev/fuse', 'r+')
  const options = 'fd=3,rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions'
  const made = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'fakeusb', path], { stdio: ['ignore', 'inherit', 'inherit', device] })
  if (made.status !== 0) throw new Error(`mount at ${path} ended with ${made.status}`)
  const send = (error: number, unique: bigint, body: Uint8Array) => {
    const header = Buffer.alloc(16)
    header.writeUInt32LE(16 + body.length, 0)
    header.writeInt32LE(error, 4)
    header.writeBigUInt64LE(unique, 8)
    try {
      writeSync(device, Buffer.concat([header, body]))
    } catch (failed) {
      // The one who asked has gone away meanwhile.
      if (!hasCode(failed, 'ENOENT')) throw failed
    }
  }
  const buffer = Buffer.alloc(BUFFER_BYTES)
  const next = (): void =>
    read(device, buffer, 0, BUFFER_BYTES, null, (error, length) => {
      if (error && !['EINTR', 'EAGAIN', 'ENOENT'].includes(error.code ?? '')) return closeSync(device)
      if (!error) {
        const request = Buffer.from(buffer.subarray(0, length))
        const answer = answerTo(request, files)
        if (typeof answer === 'number') send(answer, request.readBigUInt64LE(8), new Uint8Array(0))
        else if (answer) send(0, request.readBigUInt64LE(8), answer)
      }
      next()
    })
  next()
  return {
    wake(wakeKey) {
      const body = Buffer.alloc(8)
      body.writeBigUInt64LE(wakeKey)
      send(NOTIFY_POLL, 0n, body)
    },
    unmount() {
      spawnSync('umount', ['-l', path])
    },
  }
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code
