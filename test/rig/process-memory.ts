import { closeSync, openSync, readSync, writeSync } from 'node:fs'

/** The memory of a process that is inside a system call of ours. */
export interface ProcessMemory {
  read(address: number, bytes: number): Buffer
  write(address: number, bytes: Uint8Array): void
}

/** Opens the memory of a thread for the time of `work`. Needs root. */
export const withMemory = <T>(pid: number, work: (memory: ProcessMemory) => T): T => {
  const file = openSync(`/proc/${pid}/mem`, 'r+')
  try {
    return work({
      read(address, bytes) {
        const found = Buffer.alloc(bytes)
        if (bytes > 0) readSync(file, found, 0, bytes, address)
        return found
      },
      write(address, bytes) {
        if (bytes.length > 0) writeSync(file, bytes, 0, bytes.length, address)
      },
    })
  } finally {
    closeSync(file)
  }
}

/** One little-endian unsigned 32-bit number. */
export const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}
