import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** Milliseconds between two looks, and the most that a process may take to be gone. */
const LOOK_MS = 20
const GONE_MS = 10_000

/** Process ids of the children of a process (Linux: field 4 of /proc/PID/stat, after the name in brackets). */
export const childrenOf = (pid: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number)

const parentOf = (pid: string): number | null => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null // It ended between the two looks.
  }
}

/** Resolves to those of the processes that are still there after a grace period. */
export const stillThere = async (pids: readonly number[]): Promise<readonly number[]> => {
  const there = () => pids.filter((pid) => parentOf(String(pid)) !== null)
  for (let waitedMs = 0; there().length > 0 && waitedMs < GONE_MS; waitedMs += LOOK_MS) await setTimeout(LOOK_MS)
  return there()
}
