import { randomFillSync } from 'node:crypto'
import { monotonicFactory } from 'ulid'

/** Bytes of chance drawn from the system at once; an id takes 16. */
const POOL_BYTES = 4096

/** ULIDs that rise. ulid's own source of chance asks the system sixteen times for each id, which a fast instrument would feel. */
export const createIds = (): (() => string) => {
  const pool = new Uint8Array(POOL_BYTES)
  let at = POOL_BYTES
  const ulid = monotonicFactory(() => {
    if (at === POOL_BYTES) {
      randomFillSync(pool)
      at = 0
    }
    return (pool[at++] ?? 0) / 256
  })
  return () => ulid()
}
