import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, rmdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const NODES = '/dev/bus/usb'
const script = fileURLToPath(new URL('../rig/run-in-namespace.sh', import.meta.url))
const cases = fileURLToPath(new URL('./usb-cases.ts', import.meta.url))

/** What is missing for a fake USB bus on this machine, null when all is there. */
const missing = (): string | null => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root: sudo npx tap test/links/usb.test.ts'
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
  } catch {
    return 'needs /dev/fuse: modprobe fuse; in a container --device /dev/fuse'
  }
  const tried = spawnSync(script, ['true'])
  return tried.status === 0 ? null : 'needs a mount namespace (util-linux; in a container --cap-add SYS_ADMIN)'
}

/** The mount point must be there before; a machine without USB does not have it. */
const made = ['/dev/bus', NODES].filter((folder) => !existsSync(folder))
const why = missing()
if (why === null && made.length > 0) {
  mkdirSync(NODES, { recursive: true })
  t.teardown(() => {
    for (const folder of made.reverse()) rmdirSync(folder)
  })
}

t.spawn(
  script,
  [process.execPath, ...process.execArgv, cases],
  { skip: why === null ? false : `the USB link on a fake bus: ${why}` },
  'USB on a fake bus',
)
