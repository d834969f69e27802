import { realpath, stat } from 'node:fs/promises'

/** Milliseconds between looks whether the device file of an open port is still there. */
const WATCH_MS = 500

/** Stops looking. */
export type StopWatch = () => void

/**
 * Calls `lost` once when the device file behind `path` goes away, or another takes its place. serialport alone may miss an unplug: a
 * terminal that hangs up while it is being read gives "0 bytes" for ever, which its binding (13.0, unixRead) reads on and on at full load.
 */
export const watchNode = async (path: string, lost: () => void): Promise<StopWatch> => {
  const file = await realpath(path).catch(() => path)
  const first = await mark(file)
  const timer = setInterval(async () => {
    if ((await mark(file)) === first && first !== null) return
    clearInterval(timer)
    lost()
  }, WATCH_MS).unref()
  return () => clearInterval(timer)
}

const mark = (file: string): Promise<string | null> =>
  stat(file).then(
    ({ ino, rdev }) => `${ino} ${rdev}`,
    () => null,
  )
