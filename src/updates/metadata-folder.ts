import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { Disk } from './contract.js'
import { makeDurableFolder, put } from './disk.js'

/** Verified metadata by role: `root`, `timestamp`, `snapshot`, `targets` and product lines. */
export type MetadataFiles = ReadonlyMap<string, Uint8Array>

/**
 * Where verified metadata outlast restarts: `<n>/<role>.json` beside `<n>/sums`, and the file `current` that holds n. A new set never touches
 * an old one, and the one before the current is kept, for a medium that loses what it was given.
 */
export interface MetadataFolder {
  /**
   * The current set; where it is damaged the newest whole one; else the root that the agent was given.
   * @returns `damaged`: what could not be used, for a message; null where all was well
   */
  read(): Promise<{ readonly files: MetadataFiles; readonly damaged: string | null }>
  /** @throws Failure STORE_FAILED; the set before is current then */
  replace(files: MetadataFiles): Promise<void>
}

const CURRENT = 'current'
/** Without an ending: no role can have this name. */
const SUMS = 'sums'
/** The number of a set: fifteen digits are exact as a number. */
const NUMBER = /^[1-9]\d{0,14}$/
const sha256Text = z.string().regex(/^[0-9a-f]{64}$/)
/** `seed` is the SHA-256 of the root that trust began with: another one, given by who owns the agent, begins anew. */
const sumsSchema = z.strictObject({ seed: sha256Text, files: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/), sha256Text) })

export const openMetadataFolder = (disk: Disk, folder: string, seedRoot: Uint8Array): MetadataFolder => {
  const seed = sha256(seedRoot)
  const seeded: MetadataFiles = new Map([['root', seedRoot]])

  const numbers = async (): Promise<readonly number[]> =>
    (await disk.list(folder))
      .filter((name) => NUMBER.test(name))
      .map(Number)
      .sort((a, b) => b - a)

  /** Null: not a whole set. */
  const set = async (number: number): Promise<{ readonly seed: string; readonly files: MetadataFiles } | null> => {
    const sums = parsed(await disk.read(join(folder, `${number}`, SUMS)))
    if (sums === null) return null
    const files = new Map<string, Uint8Array>()
    for (const [role, sum] of Object.entries(sums.files)) {
      const bytes = await disk.read(join(folder, `${number}`, `${role}.json`))
      if (bytes === null || sha256(bytes) !== sum) return null
      files.set(role, bytes)
    }
    return files.has('root') ? { seed: sums.seed, files } : null
  }

  const currentNumber = async (): Promise<number | null> => {
    const bytes = await disk.read(join(folder, CURRENT))
    const text = bytes ? Buffer.from(bytes).toString('latin1').trim() : ''
    return NUMBER.test(text) ? Number(text) : null
  }

  return {
    async read() {
      const current = await currentNumber()
      const all = await numbers()
      if (current === null && all.length === 0) return { files: seeded, damaged: null }
      // A set that is newer than the current one was never finished, or its `current` was lost.
      const candidates = current === null ? all : [current, ...all.filter((number) => number < current)]
      for (const number of candidates) {
        const found = await set(number)
        if (found === null) continue
        if (found.seed !== seed) return { files: seeded, damaged: null }
        return { files: found.files, damaged: number === current ? null : `${folder}/${current ?? CURRENT}` }
      }
      // The first set ever, cut short before it was made current, was not there for anybody.
      return { files: seeded, damaged: current === null ? null : `${folder}/${current}` }
    },
    async replace(files) {
      const current = (await currentNumber()) ?? 0
      const all = await numbers()
      const next = Math.max(current, ...all, 0) + 1
      const home = join(folder, `${next}`)
      await makeDurableFolder(disk, folder, home)
      const sums: Record<string, string> = {}
      for (const [role, bytes] of files) {
        sums[role] = sha256(bytes)
        await disk.write(join(home, `${role}.json`), bytes)
        await disk.sync(join(home, `${role}.json`))
      }
      await disk.write(join(home, SUMS), Buffer.from(JSON.stringify({ seed, files: sums })))
      await disk.sync(join(home, SUMS))
      await disk.syncFolder(home)
      await put(disk, join(folder, CURRENT), Buffer.from(`${next}\n`))
      for (const old of all.filter((number) => number !== current)) await disk.remove(join(folder, `${old}`))
    },
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const parsed = (bytes: Uint8Array | null): z.output<typeof sumsSchema> | null => {
  try {
    return bytes === null ? null : (sumsSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data ?? null)
  } catch {
    return null
  }
}
