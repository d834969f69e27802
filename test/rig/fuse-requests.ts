import { EINVAL, ENOENT, ENOSYS } from './errno.js'

/** A file or folder by its number; 1 is the root. `entries`: of a folder, by name. */
export interface Inode {
  readonly mode: number
  readonly bytes: number
  readonly entries: ReadonlyMap<string, number> | null
}

/** What is mounted. Negative answers are error numbers. */
export interface Files {
  inode(number: number): Inode | null
  open(inode: number): number
  read(handle: number, offset: number, bytes: number): Uint8Array | number
  /** `argument`: an address in the memory of thread `pid`. */
  ioctl(handle: number, command: number, argument: number, pid: number): number
  /** Events as poll(2) has them. `wakeKey` names who waits, for `wake`. */
  poll(handle: number, wakeKey: bigint): number
  release(handle: number): void
}

/** Operations of the FUSE protocol (linux/fuse.h, 7.31), as far as a folder of device files is asked for them. */
const op = { lookup: 1, forget: 2, getattr: 3, open: 14, read: 15, statfs: 17, release: 18, fsync: 20, flush: 25, init: 26 } as const
const more = { opendir: 27, readdir: 28, releasedir: 29, access: 34, interrupt: 36, destroy: 38, ioctl: 39, poll: 40, batchForget: 42 } as const
const DIRECT_IO = 1
const HEADER_BYTES = 40
const FOLDER = 4
const FILE = 8

/** The answer to one message of the kernel: bytes, a negative error number, or null where none is wanted. */
export const answerTo = (request: Buffer, files: Files): Uint8Array | number | null => {
  const operation = request.readUInt32LE(4)
  const number = Number(request.readBigUInt64LE(16))
  const pid = request.readUInt32LE(32)
  const body = request.subarray(HEADER_BYTES)
  if (operation === op.forget || operation === more.batchForget || operation === more.interrupt) return null
  const handle = () => Number(body.readBigUInt64LE(0))
  switch (operation) {
    case op.init:
      return initialised()
    case op.lookup: {
      const found = files.inode(number)?.entries?.get(body.subarray(0, -1).toString())
      const inode = found === undefined ? null : files.inode(found)
      return found === undefined || inode === null ? -ENOENT : Buffer.concat([quads(found, 0, 0, 0, 0), attributes(found, inode)])
    }
    case op.getattr: {
      const inode = files.inode(number)
      return inode === null ? -ENOENT : Buffer.concat([quads(0, 0), attributes(number, inode)])
    }
    case more.readdir:
      return Number(body.readBigUInt64LE(8)) === 0 ? listing(number, files) : none
    case op.open: {
      const opened = files.open(number)
      if (opened < 0) return opened
      const reply = quads(opened, 0)
      reply.writeUInt32LE(DIRECT_IO, 8)
      return reply
    }
    case op.read:
      return files.read(handle(), Number(body.readBigUInt64LE(8)), body.readUInt32LE(16))
    case more.ioctl: {
      const result = files.ioctl(handle(), body.readUInt32LE(12), Number(body.readBigUInt64LE(16)), pid)
      if (result < 0) return result
      const reply = quads(0, 0)
      reply.writeInt32LE(result, 0)
      return reply
    }
    case more.poll: {
      const reply = quads(0)
      reply.writeUInt32LE(files.poll(handle(), body.readBigUInt64LE(8)), 0)
      return reply
    }
    case op.release:
      files.release(handle())
      return none
    case op.statfs:
      return Buffer.alloc(80)
    case more.opendir:
      return quads(0, 0)
    case op.flush:
    case op.fsync:
    case more.releasedir:
    case more.access:
    case more.destroy:
      return none
    default:
      return -ENOSYS
  }
}

const none = new Uint8Array(0)

const quads = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(8 * values.length)
  values.forEach((value, i) => {
    bytes.writeBigUInt64LE(BigInt(value), 8 * i)
  })
  return bytes
}

/** struct fuse_init_out for 7.31: no features, pages of 64 KiB. */
const initialised = (): Buffer => {
  const reply = Buffer.alloc(64)
  reply.writeUInt32LE(7, 0)
  reply.writeUInt32LE(31, 4)
  reply.writeUInt32LE(65_536, 8)
  reply.writeUInt16LE(64, 16)
  reply.writeUInt16LE(48, 18)
  reply.writeUInt32LE(65_536, 20)
  reply.writeUInt32LE(1, 24)
  return reply
}

/** struct fuse_attr, owner root. */
const attributes = (number: number, { mode, bytes }: Inode): Buffer => {
  const reply = Buffer.alloc(88)
  reply.writeBigUInt64LE(BigInt(number), 0)
  reply.writeBigUInt64LE(BigInt(bytes), 8)
  reply.writeUInt32LE(mode, 60)
  reply.writeUInt32LE(1, 64)
  reply.writeUInt32LE(4096, 80)
  return reply
}

/** struct fuse_dirent, one behind the other. */
const listing = (number: number, files: Files): Uint8Array | number => {
  const { entries = null } = files.inode(number) ?? {}
  if (entries === null) return -EINVAL
  const records = [...entries].map(([name, inode], i) => {
    const record = Buffer.alloc(24 + 8 * Math.ceil(name.length / 8))
    record.writeBigUInt64LE(BigInt(inode), 0)
    record.writeBigUInt64LE(BigInt(i + 1), 8)
    record.writeUInt32LE(name.length, 16)
    record.writeUInt32LE(files.inode(inode)?.entries ? FOLDER : FILE, 20)
    record.write(name, 24)
    return record
  })
  return Buffer.concat(records)
}
