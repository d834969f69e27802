import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Names this boot; without the kernel's word for it every start is one of its own, and references then age by the wall clock. */
export const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return randomUUID()
  }
}
