import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const script = fileURLToPath(new URL('./run-in-namespace.sh', import.meta.url))

/** Runs a file of tests in a namespace where a fake USB bus can be mounted; skips aloud on a machine that lacks a part of it. */
export const onFakeBus = (t: Test, cases: URL, name: string): void => {
  const why = missing()
  if (why !== null) return void t.test(`${name}: ${why}`, { skip: true }, () => {})
  t.spawn(script, [process.execPath, ...process.execArgv, fileURLToPath(cases)], {}, name)
}

const missing = (): string | null => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root: sudo npm test'
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
  } catch {
    return 'needs /dev/fuse: modprobe fuse; in a container --device /dev/fuse'
  }
  const tried = spawnSync(script, ['true'])
  return tried.status === 0 ? null : 'needs a mount namespace: apt install util-linux mount; in a container --cap-add SYS_ADMIN'
}
