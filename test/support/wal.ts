import { readFileSync } from 'node:fs'

/**
 * How many transactions a WAL file holds: frames whose header names the size of the database after a commit
 * (sqlite.org/fileformat2.html, section 4.1: 32 bytes of header, then frames of 24 bytes and one page each).
 */
export const commitsIn = (walFile: string): number => {
  const bytes = readFileSync(walFile)
  const frameBytes = 24 + bytes.readUInt32BE(8)
  let commits = 0
  for (let at = 32; at + frameBytes <= bytes.length; at += frameBytes) if (bytes.readUInt32BE(at + 4) !== 0) commits += 1
  return commits
}
